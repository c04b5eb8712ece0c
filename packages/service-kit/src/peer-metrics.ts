import { counter, gauge } from './metric.ts'

/** Of calls to other services; a peer is what one of them is called for. */
export const peerMetrics = {
  calls: counter('peer_calls_total'),
  circuitOpen: gauge('peer_circuit_open'),
  waiting: gauge('peer_calls_waiting'),
  retries: counter('peer_retries_total'),
  retriesRefused: counter('peer_retries_refused_total'),
}
