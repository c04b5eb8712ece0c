import { counter, gauge } from '@flashsale/service-kit/metric.ts'

export const metrics = {
  attempts: counter('inventory_attempts_total'),
  recorded: counter('inventory_stream_entries_total'),
  streamLength: gauge('inventory_stream_length'),
  rebuilds: counter('inventory_rebuilds_total'),
  units: gauge('inventory_units'),
  drift: gauge('inventory_drift_units'),
  inFlight: gauge('inventory_in_flight_units'),
  bookFaults: gauge('inventory_book_faults'),
  reconciledAt: gauge('inventory_reconciled_timestamp_seconds'),
  openReturns: gauge('inventory_open_returns'),
  queueEntries: gauge('inventory_queue_entries'),
  drainPerSecond: gauge('inventory_drain_per_second'),
  queueSeconds: gauge('inventory_queue_seconds'),
  erasuresOpen: gauge('inventory_erasures_open'),
  buyersReplaced: counter('inventory_buyers_replaced_total'),
  admissionClosed: gauge('inventory_admission_closed'),
}
