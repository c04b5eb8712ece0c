import type { Redis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { readSnapshot, type SnapshotHead } from '../db/rebuild.ts'
import { createGapFinder } from '../domain/find-gaps.ts'
import type { SegmentAt } from '../domain/segment.ts'
import { removeEpoch, stageFree, stageOrders, stageUnits } from '../redis/staged-keys.ts'

const FREE_UNITS_AT_ONCE = 10_000

export type Staged = { head: SnapshotHead; units: number; orders: number; free: number }

/**
 * Fills the keys of an epoch not in use with all that the ledger knows at one moment (R4): owners,
 * slots, free units, and key and order of every row there ever was. Nobody reads them before the switch.
 */
export async function stageSegment(db: Db, redis: Redis, at: SegmentAt): Promise<Staged> {
  const counts = { units: 0, orders: 0, free: 0 }
  let head: SnapshotHead | undefined
  let gaps = createGapFinder([])
  let free: number[] = [] // found, and not staged yet
  const stage = async () => {
    await stageFree(redis, at, free)
    counts.free += free.length
    free = []
  }
  const stageGaps = async (taken: number) => {
    for (const chunk of gaps.upTo(taken)) {
      free.push(...chunk)
      if (free.length >= FREE_UNITS_AT_ONCE) await stage()
    }
  }
  await removeEpoch(redis, at)
  await readSnapshot(db, at, {
    head: (found) => {
      head = found
      gaps = createGapFinder(found.withdrawn)
    },
    units: async (rows) => {
      await stageUnits(redis, at, rows)
      counts.units += rows.length
      for (const { unit } of rows) await stageGaps(unit)
    },
    orders: async (rows) => {
      await stageOrders(redis, at, rows)
      counts.orders += rows.length
    },
  })
  if (!head) throw new Error('a snapshot without a head')
  await stageGaps(head.last + 1)
  await stage()
  return { head, ...counts }
}
