import type { Redis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import type { SegmentAt } from '../domain/segment.ts'
import { recordEntries } from '../ledger/record-entries.ts'
import { readStream } from '../redis/stock-stream.ts'

const ENTRIES_A_BATCH = 500

/**
 * What a Redis that refuses still has in a stream goes on record before the fence is raised: those
 * holds are kept. Whoever was given the entries may record them too; once is once. Returns how many.
 */
export async function drainStream(
  deps: { db: Db; redis: Redis; log: Log },
  at: SegmentAt,
): Promise<number> {
  let drained = 0
  for (let after: string | undefined; ; ) {
    const entries = await readStream(deps.redis, at, { after, count: ENTRIES_A_BATCH })
    if (entries.length > 0) await recordEntries(deps, at, entries)
    drained += entries.length
    if (entries.length < ENTRIES_A_BATCH) return drained
    after = entries.at(-1)?.id
  }
}
