import { randomUUID } from 'node:crypto'
import type { Redis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { type Failpoint, failpoint } from '@flashsale/service-kit/failpoint.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { raiseEpoch, readEpoch } from '../db/rebuild.ts'
import { readSale } from '../db/sales.ts'
import { holdBack, LEDGER_BEHIND } from '../db/segments.ts'
import type { Segment, SegmentAt } from '../domain/segment.ts'
import { install } from '../redis/install.ts'
import { readFacts } from '../redis/read-facts.ts'
import { refuse } from '../redis/refuse.ts'
import { restock } from '../redis/restock.ts'
import { setPhase } from '../redis/set-phase.ts'
import { removeEpoch } from '../redis/staged-keys.ts'
import { drainStream } from './drain-stream.ts'
import { withOneRebuilder } from './one-rebuilder.ts'
import { stageSegment } from './stage-segment.ts'

const OLD_EPOCHS_MAX = 100 // removed behind a rebuild; each was one that nobody uses any more

export type RebuildDeps = {
  db: Db
  redis: Redis
  log: Log
  /** For tests: runs between two steps. */
  between?: (step: Step) => Promise<unknown>
}
export type Step = 'refused' | 'drained' | Extract<Failpoint, 'epoch-raised' | 'staged'>
export type Rebuilt =
  | { kind: 'rebuilt'; epoch: number }
  /** Another process rebuilds it, or has done so meanwhile. */
  | { kind: 'busy' | 'superseded' }
  /** Redis restarted or was replaced while it was filled: to be done again. */
  | { kind: 'other-server' }
  /** Redis is beyond the ledger: rows are missing there, and only a person may go on (R18). */
  | { kind: 'ledger-behind' }
  | { kind: 'no-segment' }

/**
 * R3, in this order: Redis refuses; what its stream still has goes into the ledger; the ledger's epoch
 * is raised, which fences off every older entry (R2); one snapshot is read behind it; it is staged into
 * keys named by the new epoch; the ledger's epoch is compared again; one short script switches. Killed
 * anywhere, Redis goes on refusing and the next rebuild begins anew. The lock saves work, no more.
 */
export async function rebuildSegment(deps: RebuildDeps, segment: Segment): Promise<Rebuilt> {
  return (await withOneRebuilder(deps.db, segment, () => rebuild(deps, segment))) ?? BUSY
}
const BUSY = { kind: 'busy' } as const

async function rebuild(deps: RebuildDeps, segment: Segment): Promise<Rebuilt> {
  const { db, redis, log } = deps
  const startedAt = performance.now()
  const between = async (step: Step) => {
    if (step === 'epoch-raised' || step === 'staged') failpoint(step)
    await deps.between?.(step)
  }
  const ledger = await readEpoch(db, segment)
  if (!ledger) return { kind: 'no-segment' }
  if (ledger.heldBack === LEDGER_BEHIND) return { kind: LEDGER_BEHIND }

  if (!ledger.heldBack && (await isWell(redis, { ...segment, epoch: ledger.epoch }))) {
    return { kind: 'superseded' } // whoever had the lock before has done it
  }
  const mark = randomUUID()
  const inRedis = await refuse(redis, segment, { ledgerEpoch: ledger.epoch, mark })
  await between('refused')
  if (inRedis.epoch > ledger.epoch) return await isBehind(deps, segment, inRedis.epoch)
  const old = { ...segment, epoch: inRedis.epoch }
  const drained = inRedis.epoch > 0 ? await drainStream(deps, old) : 0
  await between('drained')

  const epoch = await raiseEpoch(db, segment, ledger.epoch)
  if (epoch === undefined) return { kind: 'superseded' }
  await between('epoch-raised')

  const at = { ...segment, epoch }
  await removeEpochs(redis, at, inRedis.epoch) // of rebuilds that were killed
  const filled = { runId: inRedis.runId, mark }
  const { kind, ...staged } = await fill(deps, at, filled, between)
  if (kind !== 'installed') return { kind: kind === 'newer' ? 'superseded' : kind }
  await tellAgain(deps, at).catch((error) => log.warn({ err: error, ...at }, 'told again later'))
  const ms = Math.round(performance.now() - startedAt)
  log.warn({ ...at, was: inRedis.epoch, drained, ...staged, ms }, 'Redis was rebuilt')
  await removeEpochs(redis, at) // all that was in them is on record
  return { kind: 'rebuilt', epoch }
}

const isWell = async (redis: Redis, at: SegmentAt) => (await readFacts(redis, at)).kind === 'facts'

/** Stages and switches; what was staged in vain is removed, unless the switch has no answer. */
async function fill(
  { db, redis }: RebuildDeps,
  at: SegmentAt,
  filled: { runId: string; mark: string },
  between: (step: Step) => Promise<void>,
) {
  const { head, ...counts } = await stageSegment(db, redis, at).catch(async (error) => {
    await removeEpoch(redis, at).catch(() => {}) // the next rebuild tries it again
    throw error
  })
  await between('staged')
  const same = (await readEpoch(db, at))?.epoch === at.epoch
  const switched = same ? await install(redis, { ...at, ...head, filled }) : NEWER
  if (switched.epoch === at.epoch) return { kind: 'installed' as const, ...counts } // by a copy of it
  if (switched.kind !== 'installed') await removeEpoch(redis, at)
  return { kind: switched.kind, ...counts }
}
const NEWER = { kind: 'newer', epoch: undefined } as const

/** What was decided after the snapshot, and told to a Redis that refused: by version, so once. */
async function tellAgain({ db, redis }: RebuildDeps, at: SegmentAt): Promise<void> {
  const sale = await readSale(db, at.saleId)
  if (!sale) return
  await Promise.all([
    setPhase(redis, at, sale.phase, sale.phaseVersion),
    restock(redis, at, sale.stock, sale.stockVersion),
  ])
}

/** Read again: another rebuild may have raised the ledger since. */
async function isBehind({ db, log }: RebuildDeps, segment: Segment, inRedis: number) {
  const ledger = await readEpoch(db, segment)
  if (ledger && ledger.epoch >= inRedis) return { kind: 'superseded' } as const
  await holdBack(db, segment, LEDGER_BEHIND)
  const facts = { ...segment, ledger: ledger?.epoch, inRedis }
  log.error(facts, 'the ledger is behind Redis: see docs/runbooks/ledger-behind.md')
  return { kind: LEDGER_BEHIND } as const
}

/** All before `at` but the one in use: also what a rebuild left behind that was killed on its way. */
async function removeEpochs(redis: Redis, at: SegmentAt, inUse?: number): Promise<void> {
  const first = Math.max(1, at.epoch - OLD_EPOCHS_MAX)
  const removed: Promise<void>[] = []
  for (let epoch = first; epoch < at.epoch; epoch++) {
    if (epoch !== inUse) removed.push(removeEpoch(redis, { ...at, epoch }))
  }
  await Promise.all(removed)
}
