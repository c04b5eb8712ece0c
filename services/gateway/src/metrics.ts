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
  countedAlone: new Counter({
    name: 'gateway_calls_counted_alone_total',
    help: 'Slow calls that this gateway counted by itself because Redis could not',
    labelNames: ['kind'],
  }),
  tokensChecked: new Counter({
    name: 'gateway_tokens_checked_total',
    help: 'Tokens seen for the first time, by what was found; unknown: the key set could not be read',
    labelNames: ['outcome'],
  }),
  keySetReadAt: new Gauge({
    name: 'gateway_key_set_read_timestamp_seconds',
    help: 'When the key set of JWKS_URL was last read; the keys known stay good while it is away',
  }),
  banned: new Gauge({
    name: 'gateway_bans',
    help: 'Banned buyers and withdrawn tokens that this gateway knows',
    labelNames: ['kind'],
  }),
  bansReadAt: new Gauge({
    name: 'gateway_bans_read_timestamp_seconds',
    help: 'When bans were last read from Redis; they stay as they are known while it is away',
  }),
}
