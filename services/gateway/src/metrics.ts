import { Counter } from 'prom-client'

/** The gateway's own metrics. No buyer or order ids. */
export const metrics = {
  attempts: new Counter({
    name: 'gateway_attempts_total',
    help: 'Purchase requests that were let in, by what became of them, and whether inventory was asked',
    labelNames: ['outcome', 'asked'],
  }),
}
