import { Counter, Gauge } from 'prom-client'

/** All of inventory's own metrics: name, unit, labels. No buyer or order ids. */
export const metrics = {
  attempts: new Counter({
    name: 'inventory_attempts_total',
    help: 'Purchase attempts by what became of them',
    labelNames: ['outcome'],
  }),
  recorded: new Counter({
    name: 'inventory_stream_entries_total',
    help: 'Stream entries the ledger writer has dealt with, by outcome',
    labelNames: ['outcome'],
  }),
  rebuilds: new Counter({
    name: 'inventory_rebuilds_total',
    help: 'Rebuilds of a segment in Redis from the ledger, by outcome',
    labelNames: ['outcome'],
  }),
  drift: new Gauge({
    name: 'inventory_drift_units',
    help: 'Units at fault between Redis and the ledger, as the reconciler last saw them: must be 0',
    labelNames: ['sale'],
  }),
  inFlight: new Gauge({
    name: 'inventory_in_flight_units',
    help: 'Units on their way between Redis and the ledger, as the reconciler last saw them',
    labelNames: ['sale'],
  }),
  bookFaults: new Gauge({
    name: 'inventory_book_faults',
    help: 'Broken lines of the books by name, see docs/runbooks/audit-not-exact.md: must be 0',
    labelNames: ['sale', 'fault'],
  }),
  reconciledAt: new Gauge({
    name: 'inventory_reconciled_timestamp_seconds',
    help: 'When the reconciler last read the books of a sale to their end',
    labelNames: ['sale'],
  }),
  openReturns: new Gauge({
    name: 'inventory_open_returns',
    help: 'Orders whose units Redis has still to be given, as last read',
  }),
}
