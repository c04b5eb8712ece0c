export type { MetricRow } from './metric-row.ts'

import { ANSWER, BATCH, counter, gauge, histogram, type MetricRow, ROAD } from './metric-row.ts'
import { trackRows } from './track-rows.ts'

/**
 * Every metric that our processes tell beside prom-client's own: what is not here can't be made
 * (metric.ts). A row says kind, unit, help and labels. Times are seconds, money is minor units, anything
 * else is counted. No label names a buyer, an order, a payment or a token. `./dev boards` makes
 * docs/metrics.md from it.
 */
export const metricRegistry = {
  // every service
  http_request_seconds: histogram(
    'From the request to the end of its answer',
    ANSWER,
    'method',
    'route',
    'status',
  ),
  http_connections: gauge('connections', 'Connections that are open'),
  http_connections_ended_total: counter(
    'connections',
    'Connections that a limit of the door ended, by the limit: docs/rude-clients.md',
    'why',
  ),
  postgres_failed_over: gauge(
    'flag',
    '1 while a new timeline waits for a person and the database is left alone; must be 0',
  ),
  lease_held: gauge(
    'flag',
    '1 while this process holds the lease; over all instances at most one does',
    'lease',
  ),
  lease_lost_total: counter('leases', 'Leases that ended before they were released', 'lease'),

  config_version: gauge(
    'version',
    'Of the configuration in force here; 0 when nothing was ever set. The same everywhere within 2 s',
  ),
  config_read_timestamp_seconds: gauge(
    'seconds',
    'When somebody last told this process that its configuration is the newest, or a newer one',
  ),
  config_refused_total: counter(
    'documents',
    'Configurations that this process could not take; it kept the last good one. Must be 0',
  ),

  // whoever calls other services
  peer_calls_total: counter(
    'calls',
    'Calls to a peer, by what came of them; circuit-open and full were not sent',
    'peer',
    'outcome',
  ),
  peer_circuit_open: gauge(
    'flag',
    '1 while a peer is thought to be away and only one call at a time may find out',
    'peer',
  ),
  peer_calls_waiting: gauge(
    'calls',
    'Calls that wait because as many as may be are at the peer',
    'peer',
  ),
  peer_retries_total: counter('calls', 'Calls that were sent once more after a pause', 'peer'),
  peer_retries_refused_total: counter(
    'calls',
    'Calls that were not sent once more, because the budget for that was used up',
    'peer',
  ),

  // whoever writes and reads events
  outbox_published_total: counter('events', 'Events published, copies included'),
  outbox_oldest_row_seconds: gauge(
    'seconds',
    'Age of the oldest event that is not published, as the last holder of the lease saw it',
  ),
  outbox_fence_seconds: gauge(
    'seconds',
    'For how long the oldest running transaction has held the relay back',
  ),
  inbox_handled_total: counter('events', 'Events handled, each once', 'type'),
  inbox_copies_total: counter('events', 'Events that came again and were left out'),
  inbox_dead_total: counter('events', 'Events that went to a dead-letter topic', 'type'),
  inbox_batch_seconds: histogram('To handle and commit one batch', BATCH),
  consumer_lag: gauge(
    'messages',
    'Messages of the partition that are not handled, as its last batch saw it',
    'topic',
    'partition',
  ),

  // gateway
  gateway_attempts_total: counter(
    'attempts',
    'Purchase requests that were let in, by what became of them, and whether inventory was asked',
    'outcome',
    'asked',
  ),
  gateway_attempts_waiting: gauge(
    'attempts',
    'Purchase requests in line for their turn to be sent to inventory',
  ),
  gateway_overloaded: gauge(
    'flag',
    '1 while more comes than there is CPU for, and who finds no room is sent away unread',
  ),
  gateway_rate_limited_total: counter(
    'requests',
    'Requests that were refused with 429, by the limit that refused them',
    'limit',
  ),
  gateway_peers: gauge(
    'gateways',
    'Gateways that share the limits, as this one sees it, itself included',
  ),
  gateway_calls_counted_alone_total: counter(
    'requests',
    'Slow calls that this gateway counted by itself because Redis could not',
    'kind',
  ),
  gateway_tokens_checked_total: counter(
    'tokens',
    'Tokens seen for the first time, by what was found; unknown: the key set could not be read',
    'outcome',
  ),
  gateway_key_set_read_timestamp_seconds: gauge(
    'seconds',
    'When the key set of JWKS_URL was last read; the keys known stay good while it is away',
  ),
  ...trackRows,
  gateway_bans: gauge('bans', 'Banned buyers and withdrawn tokens that this gateway knows', 'kind'),
  gateway_admin_actions_waiting: gauge(
    'records',
    'Records of what operators did that the ledger does not have yet; the log has them',
  ),
  gateway_bans_read_timestamp_seconds: gauge(
    'seconds',
    'When bans were last read from Redis; they stay as they are known while it is away',
  ),

  // inventory; what has a sale is as the reconciler last read its books
  inventory_attempts_total: counter(
    'attempts',
    'Purchase attempts by what became of them',
    'outcome',
  ),
  inventory_stream_entries_total: counter(
    'entries',
    'Stream entries the ledger writer has dealt with, by outcome',
    'outcome',
  ),
  inventory_stream_length: gauge(
    'entries',
    'Entries of the stream that are not on record in the ledger yet',
    'sale',
  ),
  inventory_rebuilds_total: counter(
    'rebuilds',
    'Rebuilds of a segment in Redis from the ledger, by outcome',
    'outcome',
  ),
  inventory_units: gauge(
    'units',
    'Units of the ledger by state: available, held, sold, withdrawn; together the stock',
    'sale',
    'state',
  ),
  inventory_drift_units: gauge(
    'units',
    'Units at fault between Redis and the ledger: must be 0',
    'sale',
  ),
  inventory_in_flight_units: gauge(
    'units',
    'Units on their way between Redis and the ledger',
    'sale',
  ),
  inventory_book_faults: gauge(
    'faults',
    'Broken lines of the books by name, see docs/runbooks/audit-not-exact.md: must be 0',
    'sale',
    'fault',
  ),
  inventory_reconciled_timestamp_seconds: gauge(
    'seconds',
    'When the reconciler last read the books of a sale to their end',
    'sale',
  ),
  inventory_open_returns: gauge(
    'orders',
    'Orders whose units Redis has still to be given, as last read',
  ),
  inventory_queue_entries: gauge(
    'entries',
    'What stands behind a 202, by what it waits for: ledger, outbox, order',
    'stage',
  ),
  inventory_drain_per_second: gauge(
    'entries a second',
    'How fast each of them takes what waits for it, measured while enough does',
    'stage',
  ),
  inventory_queue_seconds: gauge('seconds', 'Until what stands behind a 202 now is order rows'),
  inventory_erasures_open: gauge(
    'buyers',
    'Buyers who are to be erased and are not yet everywhere: their sales are not over for a day',
  ),
  inventory_buyers_replaced_total: counter(
    'orders',
    'Orders whose buyer was replaced by a hashed subject; tries again included',
  ),
  inventory_admission_closed: gauge('flag', '1 while that is too long and nothing more is taken'),

  // order
  order_moves_total: counter(
    'orders',
    'Orders by what happened to them and where it took them; tries that rolled back included',
    'input',
    'to',
  ),
  order_hold_to_order_seconds: histogram('From a hold, in Redis, to its order row', ROAD),

  // payment
  payment_callbacks_total: counter(
    'callbacks',
    'What the bank said, by what it came to; tries that rolled back included',
    'outcome',
  ),
  payment_callbacks_unsettled: gauge(
    'callbacks',
    'Callbacks whose meaning for a payment is open, as last read',
  ),
  payment_captured_minor_total: counter(
    'minor units',
    'Money captured; tries that rolled back included: the audit has the exact sum',
    'currency',
  ),
  payment_refunded_minor_total: counter('minor units', 'Money given back', 'currency'),
  payment_refunds_open: gauge('refunds', 'Refunds that are not done yet, as last read'),
  payment_refunds_stuck: gauge(
    'refunds',
    'Refunds that the bank has not taken after many attempts: must be 0',
  ),
} satisfies Record<string, MetricRow>
