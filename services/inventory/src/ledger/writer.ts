import type { Redis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { failpoint } from '@flashsale/service-kit/failpoint.ts'
import { type Job, startJob } from '@flashsale/service-kit/job.ts'
import { createLanes } from '@flashsale/service-kit/lanes.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import type { SegmentAt } from '../domain/segment.ts'
import { acknowledge } from '../redis/acknowledge.ts'
import { claimIdle, createGroup, type Read, readEntries } from '../redis/stock-stream.ts'
import { type SaleRegister, segmentOf } from '../stock/sale-register.ts'
import { recordEntries } from './record-entries.ts'

const ENTRIES_A_BATCH = 500
const BATCHES_AT_ONCE = 2 // while the ledger writes one, the next is read and on its way
const READS_A_RUN = 8 // then new sales are looked for, and what others left behind
const BLOCK_MS = 50
const CLAIM_EVERY_MS = 1_000
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
  let from: 'pending' | 'new' = 'pending'
  let claimedAtMs = 0
  let hasFailed = false

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

  const read = async (segments: SegmentAt[]) => {
    const options = { writer, from, count: ENTRIES_A_BATCH, blockMs: BLOCK_MS }
    const reads = await readEntries(streams, segments, options)
    return reads.flatMap(({ at, entries }) => {
      const rest = entries.filter(({ id }) => !stuck.has(nameOf(at, id)))
      return rest.length > 0 ? [{ at, entries: rest }] : []
    })
  }

  const run = async (signal: AbortSignal) => {
    // After a rebuild the stream is another one. While the ledger is away nothing is read: entries that
    // are read again and again would never seem left behind to a writer that reaches it.
    if (hasFailed) await register.refresh()
    hasFailed = false
    // A Redis that forgot a sale is drained by the rebuild; the other sales go on.
    const sales = register.active().filter(({ id }) => !register.isForgotten(id))
    const segments = sales.map(segmentOf)
    if (segments.length === 0) return false
    try {
      await prepare(segments)
      if (from === 'pending') {
        // What is under way would be read once more: one after the other.
        const open = await read(segments)
        for (const batch of open) await recordBatch(deps, batch, stuck)
        if (open.length === 0) from = 'new'
      } else {
        const isOver = () => signal.aborted || sales.some(({ id }) => register.isForgotten(id))
        await recordNew(deps, { read: () => read(segments), isOver, stuck })
      }
      return true
    } catch (error) {
      from = 'pending'
      grouped.clear()
      hasFailed = true
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

type Source = { read(): Promise<Read[]>; isOver(): boolean; stuck: Set<string> }

/** Batches have nothing to do with each other, so two commit in any order; the first fault ends it. */
async function recordNew(deps: WriterDeps, { read, isOver, stuck }: Source) {
  const lanes = createLanes(BATCHES_AT_ONCE)
  try {
    for (let reads = 0; reads < READS_A_RUN && !isOver(); reads++) {
      const batches = await read()
      if (batches.length === 0) break
      for (const batch of batches) await lanes.add(() => recordBatch(deps, batch, stuck))
    }
  } finally {
    await lanes.end()
  }
}

/** Acknowledged after the commit that put it on record (R1b). */
async function recordBatch(deps: WriterDeps, read: Read, stuck: Set<string>) {
  const { redis, register } = deps
  const outcome = await recordEntries(deps, read.at, read.entries)
  failpoint('recorded')
  for (const id of outcome.stuck) stuck.add(nameOf(read.at, id))
  if (outcome.heldBack) await register.refresh()
  if (outcome.done.length === 0) return
  const { kind } = await acknowledge(redis, read.at, outcome.done)
  if (kind === 'forgot') register.markForgotten(read.at.saleId)
}

/** Streams of two sales have entries of the same id. */
const nameOf = ({ saleId, segment, epoch }: SegmentAt, id: string) =>
  `${saleId}:${segment}:${epoch}:${id}`
