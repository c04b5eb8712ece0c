import type { Leases } from '@flashsale/locks/lease.ts'
import { startLeasedJob } from '@flashsale/locks/leased-job.ts'
import type { Redis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { markLeft, readLeaving } from '../db/settled-sales.ts'
import { removeSegment } from '../redis/staged-keys.ts'

const EVERY_MS = 5_000
const SEGMENTS_A_RUN = 100

type Deps = { db: Db; redis: Redis; leases: Leases; holder: string; log: Log }

/**
 * Takes sales out of Redis that have been settled for over a day: nothing of theirs can move, and keys
 * are honoured for a day after a sale closes (R8). Without it Redis grows with every sale.
 */
export function startSaleClearer({ db, redis, leases, holder, log }: Deps) {
  const run = async () => {
    const leaving = await readLeaving(db, SEGMENTS_A_RUN)
    if (leaving.length === 0) return false
    for (const at of leaving) await removeSegment(redis, at)
    await markLeft(
      db,
      leaving.map(({ saleId }) => saleId),
    )
    return leaving.length === SEGMENTS_A_RUN
  }
  return startLeasedJob({
    name: 'clear-sales',
    lease: 'clear-sales',
    leases,
    holder,
    everyMs: EVERY_MS,
    run,
    log,
  })
}
