import type { Ended } from './connections.ts'
import { counter, gauge } from './metric.ts'

let ended: ReturnType<typeof counter<'http_connections_ended_total'>> | undefined
let open: ReturnType<typeof gauge<'http_connections'>> | undefined

/** The registry is one a process, servers can be several (in tests). */
export function gaugeConnections() {
  open ??= gauge('http_connections')
  ended ??= counter('http_connections_ended_total')
  return open
}

export function countEnded(why: Ended) {
  ended?.inc({ why })
}
