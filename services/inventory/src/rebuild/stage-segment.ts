import type { Redis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { createLanes } from '@flashsale/service-kit/lanes.ts'
import { readSnapshot, type SnapshotHead } from '../db/rebuild.ts'
import { createGapFinder } from '../domain/find-gaps.ts'
import type { SegmentAt } from '../domain/segment.ts'
import { removeEpoch, stageFree, stageOrders, stageUnits } from '../redis/staged-keys.ts'

const FREE_UNITS_AT_ONCE = 10_000
const CHUNKS_AT_ONCE = 2 // on their way to Redis while the next is read; attempts wait behind them

export type Staged = { head: SnapshotHead; units: number; orders: number; free: number }

/**
 * Fills the keys of an epoch not in use with all that the ledger knows at one moment (R4): owners,
 * slots, free units, and key and order of every row there ever was. Nobody reads them before the switch.
 */
export async function stageSegment(db: Db, redis: Redis, at: SegmentAt): Promise<Staged> {
  const counts = { units: 0, orders: 0, free: 0 }
  let head: SnapshotHead | undefined
  let gaps = createGapFinder([])
  let free: number[] = [] // found, and not on their way yet
  const lanes = createLanes(CHUNKS_AT_ONCE)
  const stage = async () => {
    const found = free
    free = []
    counts.free += found.length
    await lanes.add(() => stageFree(redis, at, found))
  }
  const stageGaps = async (takenUnits: number[]) => {
    for (const taken of takenUnits) {
      for (const chunk of gaps.upTo(taken)) {
        free.push(...chunk)
        if (free.length >= FREE_UNITS_AT_ONCE) await stage()
      }
    }
  }
  const read = async () => {
    await readSnapshot(db, at, {
      head: async (found) => {
        await lanes.end()
        await removeEpoch(redis, at)
        Object.assign(counts, { units: 0, orders: 0, free: 0 })
        head = found
        gaps = createGapFinder(found.withdrawn)
        free = []
      },
      units: async (rows) => {
        await lanes.add(() => stageUnits(redis, at, rows))
        counts.units += rows.length
        await stageGaps(rows.map(({ unit }) => unit))
      },
      orders: async (rows) => {
        await lanes.add(() => stageOrders(redis, at, rows))
        counts.orders += rows.length
      },
    })
    if (!head) throw new Error('a snapshot without a head')
    await stageGaps([head.last + 1])
    await stage()
    return head
  }
  try {
    return { head: await read(), ...counts }
  } finally {
    await lanes.end() // also when reading failed: what is staged in vain is removed behind it
  }
}
