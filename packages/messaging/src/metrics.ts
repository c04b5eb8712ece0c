import { counter, gauge, histogram } from '@flashsale/service-kit/metric.ts'

export const metrics = {
  published: counter('outbox_published_total'),
  oldestRowSeconds: gauge('outbox_oldest_row_seconds'),
  fenceSeconds: gauge('outbox_fence_seconds'),
  handled: counter('inbox_handled_total'),
  copies: counter('inbox_copies_total'),
  dead: counter('inbox_dead_total'),
  batchSeconds: histogram('inbox_batch_seconds'),
  lag: gauge('consumer_lag'),
}
