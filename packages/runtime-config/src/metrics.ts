import { counter, gauge } from '@flashsale/service-kit/metric.ts'

export const metrics = {
  version: gauge('config_version'),
  readAt: gauge('config_read_timestamp_seconds'),
  refused: counter('config_refused_total'),
}
