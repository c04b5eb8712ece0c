import type { SaleId } from '@flashsale/contracts/ids.ts'
import type { Redis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { type Job, startJob } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import type { SaleRow } from '../db/sales.ts'
import { LEDGER_BEHIND } from '../db/segments.ts'
import { metrics } from '../metrics.ts'
import { rebuildSegment } from '../rebuild/rebuild-segment.ts'
import { readFacts } from '../redis/read-facts.ts'
import { type SaleRegister, segmentOf } from '../stock/sale-register.ts'
import { forgetEndedBooks } from './tell-books.ts'

const EVERY_MS = 250
const LANES = 3 // sales at a time; a rebuild takes two connections
const BACK_OFF_MS_MAX = 500 // what Redis and the ledger differ in is mended within 5 s (P2)

export type WatchDeps = { db: Db; redis: Redis; register: SaleRegister; log: Log }

/**
 * In every instance: keeps the sales in memory as the ledger has them, finds those that Redis forgot,
 * or has at another epoch, or that are held back, and sees to it that they are rebuilt (R3).
 */
export function startSegmentWatch(deps: WatchDeps): Job {
  const { redis, register, log } = deps
  let settledLeft: SaleId[] | undefined // nothing moves in them: one look after each connection
  const look = async (id: SaleId) => {
    const sale = register.get(id) // as it is after the rebuilds before it
    if (!sale || sale.phase === 'draft') return
    try {
      await watch(deps, sale)
    } catch (error) {
      if (sale.settled) settledLeft?.push(id)
      log.warn({ err: error, saleId: id }, 'a segment could not be looked at')
    }
  }
  const run = async () => {
    await register.refresh()
    forgetEndedBooks(register)
    if (redis.status !== 'ready') return
    const left = register.all().values() // newest first
    const lane = async () => {
      for (const { id, settled } of left) if (!settled) await look(id)
    }
    await Promise.all(Array.from({ length: LANES }, lane))

    // Then one of those that nobody buys from any more.
    const settled = register.all().filter((sale) => sale.settled)
    settledLeft ??= settled.map(({ id }) => id)
    const wanted = settled.find((sale) => sale.heldBack || register.isForgotten(sale.id))
    const next = wanted?.id ?? settledLeft.shift()
    if (next) await look(next)
  }
  const job = startJob({
    name: 'watch-segments',
    everyMs: EVERY_MS,
    backOffMaxMs: BACK_OFF_MS_MAX,
    run,
    log,
  })
  redis.on('ready', () => {
    settledLeft = undefined // it may be another server, or one without its last moments
    job.poke()
  })
  return job
}

/** One look at one sale: it is well, or it is rebuilt now by us, or by another instance. */
export async function watch(deps: WatchDeps, sale: SaleRow): Promise<void> {
  const { redis, register } = deps
  if (sale.heldBack === LEDGER_BEHIND) return
  if (!sale.heldBack) {
    const { kind } = await readFacts(redis, segmentOf(sale))
    if (kind === 'facts') return register.markRemembered(sale.id)
    register.markForgotten(sale.id)
  }
  const { kind } = await rebuildSegment(deps, segmentOf(sale))
  metrics.rebuilds.inc({ outcome: kind })
  await register.refresh()
  if (kind === 'rebuilt') register.markRemembered(sale.id)
}
