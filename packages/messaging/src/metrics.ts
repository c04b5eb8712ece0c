import { Counter, Gauge, Histogram } from 'prom-client'

export const metrics = {
  published: new Counter({
    name: 'outbox_published_total',
    help: 'Events published, copies included',
  }),
  oldestRowSeconds: new Gauge({
    name: 'outbox_oldest_row_seconds',
    help: 'Age of the oldest event that is not published',
  }),
  fenceSeconds: new Gauge({
    name: 'outbox_fence_seconds',
    help: 'For how long the oldest running transaction has held the relay back',
  }),
  handled: new Counter({
    name: 'inbox_handled_total',
    help: 'Events handled, each once',
    labelNames: ['type'],
  }),
  copies: new Counter({
    name: 'inbox_copies_total',
    help: 'Events that came again and were left out',
  }),
  dead: new Counter({
    name: 'inbox_dead_total',
    help: 'Events that went to a dead-letter topic',
    labelNames: ['type'],
  }),
  batchSeconds: new Histogram({
    name: 'inbox_batch_seconds',
    help: 'Time to handle and commit one batch',
    buckets: [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
  }),
  lag: new Gauge({
    name: 'consumer_lag',
    help: 'Messages of the partition that are not handled',
    labelNames: ['topic', 'partition'],
  }),
}
