import type { Redis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { type Job, startJob } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { isTransient } from '@flashsale/service-kit/transient.ts'
import type { SegmentAt } from '../domain/segment.ts'
import type { HoldEntry, StockEntry, WithdrawalEntry } from '../domain/stock-entry.ts'
import { metrics } from '../metrics.ts'
import { acknowledge } from '../redis/acknowledge.ts'
import { claimIdle, createGroup, readEntries } from '../redis/stock-stream.ts'
import { type SaleRegister, segmentOf } from '../stock/sale-register.ts'
import { createAdopter } from './adopt-restarted.ts'
import { recordHolds } from './record-holds.ts'
import { recordWithdrawal } from './record-withdrawals.ts'

const ENTRIES_A_BATCH = 500
const BLOCK_MS = 50
const CLAIM_EVERY_MS = 5_000
const BACK_OFF_MS_MAX = 500 // what Redis and the ledger differ in is mended within 5 s (P2)

export type WriterDeps = {
  db: Db
  /** A connection of its own: it waits in blocking reads. */
  streams: Redis
  redis: Redis
  register: SaleRegister
  writer: string // the same after a restart, so that it gets back what it was given
  log: Log
}

/**
 * Moves the streams of all active sales into the ledger. An entry is acknowledged after the commit
 * that recorded it, and what was read and not acknowledged is read again: killed anywhere, it goes on
 * and records nothing twice.
 */
export function startLedgerWriter(deps: WriterDeps): Job {
  const { streams, register, writer, log } = deps
  const grouped = new Set<string>()
  const stuck = new Set<string>() // entries that fail for a reason that waiting won't mend
  const adopt = createAdopter(deps)
  let from: 'pending' | 'new' = 'pending'
  let claimedAtMs = 0

  const prepare = async (segments: SegmentAt[]) => {
    for (const at of segments) {
      const name = `${at.saleId}:${at.segment}:${at.epoch}`
      if (!grouped.has(name)) await createGroup(streams, at)
      grouped.add(name)
    }
    if (performance.now() - claimedAtMs < CLAIM_EVERY_MS) return
    claimedAtMs = performance.now()
    for (const at of segments) await claimIdle(streams, at, writer)
    from = 'pending'
  }

  const run = async () => {
    await adopt()
    // A Redis that forgot a sale keeps its stream until it is adopted; the other sales go on.
    const sales = register.active().filter(({ id }) => !register.isForgotten(id))
    const segments = sales.map(segmentOf)
    if (segments.length === 0) return false
    try {
      await prepare(segments)
      const options = { writer, from, count: ENTRIES_A_BATCH, blockMs: BLOCK_MS }
      const reads = await readEntries(streams, segments, options)
      const open = reads.flatMap(({ at, entries }) => {
        const rest = entries.filter(({ id }) => !stuck.has(id))
        return rest.length > 0 ? [{ at, entries: rest }] : []
      })
      for (const { at, entries } of open) await recordBatch(deps, at, entries, stuck)
      if (from === 'pending' && open.length === 0) from = 'new'
      return true
    } catch (error) {
      from = 'pending'
      grouped.clear()
      throw error
    }
  }
  return startJob({
    name: 'ledger-writer',
    everyMs: BLOCK_MS,
    backOffMaxMs: BACK_OFF_MS_MAX,
    run,
    log,
  })
}

/** A batch that fails for good is run again one entry at a time; the one that still fails stays. */
async function recordBatch(
  deps: WriterDeps,
  at: SegmentAt,
  entries: StockEntry[],
  stuck: Set<string>,
) {
  const { redis, register, log } = deps
  const done: string[] = []
  try {
    await record(deps, at, entries)
    done.push(...entries.map(({ id }) => id))
  } catch (error) {
    if (isTransient(error)) throw error
    for (const entry of entries) {
      try {
        await record(deps, at, [entry])
        done.push(entry.id)
      } catch (fault) {
        if (isTransient(fault)) throw fault
        log.error(
          { err: fault, entry },
          'a stream entry can not be recorded, it stays in the stream',
        )
        stuck.add(entry.id)
      }
    }
  }
  if (done.length === 0) return
  const { kind } = await acknowledge(redis, at, done)
  if (kind === 'forgot') register.markForgotten(at.saleId)
}

async function record({ db, log, register }: WriterDeps, at: SegmentAt, entries: StockEntry[]) {
  const holds = entries.filter((entry): entry is HoldEntry => entry.kind === 'hold')
  const withdrawals = entries.filter((e): e is WithdrawalEntry => e.kind === 'withdrawal')
  if (holds.length > 0) {
    const { heldBack, ...counts } = await recordHolds(db, at, holds)
    metrics.recorded.inc({ outcome: 'held' }, counts.held)
    metrics.recorded.inc({ outcome: 'repeated' }, counts.repeated)
    metrics.recorded.inc({ outcome: 'refused' }, counts.refused)
    if (heldBack) {
      log.error({ ...at, heldBack }, 'Redis gave what the ledger refuses: the sale is held back')
      await register.refresh()
    }
  }
  for (const entry of withdrawals) {
    const { kind } = await recordWithdrawal(db, at, entry)
    if (kind !== 'recorded') log.error({ ...at, entry, kind }, 'a withdrawal was refused')
  }
}
