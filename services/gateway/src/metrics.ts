import { Counter, Gauge } from 'prom-client'

/** The gateway's own metrics. No buyer or order ids. */
export const metrics = {
  attempts: new Counter({
    name: 'gateway_attempts_total',
    help: 'Purchase requests that were let in, by what became of them, and whether inventory was asked',
    labelNames: ['outcome', 'asked'],
  }),
  waiting: new Gauge({
    name: 'gateway_attempts_waiting',
    help: 'Purchase requests in line for their turn to be sent to inventory',
  }),
  rateLimited: new Counter({
    name: 'gateway_rate_limited_total',
    help: 'Requests that were refused with 429, by the limit that refused them',
    labelNames: ['limit'],
  }),
  gateways: new Gauge({
    name: 'gateway_peers',
    help: 'Gateways that share the limits, as this one sees it, itself included',
  }),
  uncounted: new Counter({
    name: 'gateway_uncounted_calls_total',
    help: 'Slow calls that were let in because Redis could not count them',
    labelNames: ['kind'],
  }),
}
