import type { Tx } from '@flashsale/service-kit/db.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { metrics } from './metrics.ts'

const EVERY_MS = 1_000
const ALARM_SECONDS = 5

/**
 * R14: one transaction that stays open, anywhere in the cluster, holds back all events. Other roles'
 * transactions can't be seen, but that the fence does not move can.
 */
export function watchFence(log: Log) {
  let nextAt = 0
  let lowest = ''
  let stuckSince = 0

  return async (tx: Tx) => {
    const now = performance.now()
    if (now < nextAt) return
    nextAt = now + EVERY_MS
    const { rows } = await tx.query<{ xmin: string; held: boolean; age: number }>(
      `select pg_snapshot_xmin(s)::text as xmin, pg_snapshot_xmin(s) < pg_snapshot_xmax(s) as held,
              coalesce((select extract(epoch from clock_timestamp() - created_at)::float8
                        from outbox order by position limit 1), 0) as age
       from pg_current_snapshot() as s`,
    )
    const { xmin = '', held = false, age = 0 } = rows[0] ?? {}
    if (!held || xmin !== lowest) stuckSince = now
    lowest = xmin
    const seconds = (now - stuckSince) / 1000
    metrics.oldestRowSeconds.set(age)
    metrics.fenceSeconds.set(seconds)
    if (seconds < ALARM_SECONDS) return
    log.error({ xmin, seconds, oldestRowSeconds: age }, 'an open transaction holds back all events')
  }
}
