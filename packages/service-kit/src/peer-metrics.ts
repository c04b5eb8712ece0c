import { Counter, Gauge } from 'prom-client'

/** Of calls to other services; a peer is what one of them is called for. */
export const peerMetrics = {
  calls: new Counter({
    name: 'peer_calls_total',
    help: 'Calls to a peer, by what came of them; circuit-open and full were not sent',
    labelNames: ['peer', 'outcome'],
  }),
  circuitOpen: new Gauge({
    name: 'peer_circuit_open',
    help: '1 while a peer is thought to be away and only one call at a time may find out',
    labelNames: ['peer'],
  }),
  waiting: new Gauge({
    name: 'peer_calls_waiting',
    help: 'Calls that wait because as many as may be are at the peer',
    labelNames: ['peer'],
  }),
  retries: new Counter({
    name: 'peer_retries_total',
    help: 'Calls that were sent once more after a pause',
    labelNames: ['peer'],
  }),
  retriesRefused: new Counter({
    name: 'peer_retries_refused_total',
    help: 'Calls that were not sent once more, because the budget for that was used up',
    labelNames: ['peer'],
  }),
}
