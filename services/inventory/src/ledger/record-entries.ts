import type { Db } from '@flashsale/service-kit/db.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { isTransient } from '@flashsale/service-kit/transient.ts'
import { inSteps, pastStep, type Step } from '@flashsale/tracing/spans.ts'
import { holdBack } from '../db/segments.ts'
import type { Segment } from '../domain/segment.ts'
import {
  type HoldEntry,
  type StockEntry,
  type WithdrawalEntry,
  writtenAtMs,
} from '../domain/stock-entry.ts'
import { metrics } from '../metrics.ts'
import { recordHolds } from './record-holds.ts'
import { recordWithdrawal } from './record-withdrawals.ts'

type Deps = { db: Db; log: Log }
/** Ids of entries that are on record, and of those that fail for a reason that waiting won't mend. */
export type Outcome = { done: string[]; stuck: string[]; heldBack: boolean }

const OF_THE_LEDGER = /^(42|XX|0A)/ // codes of a ledger that is broken, not of an entry

/**
 * A batch that fails for good is run again one entry at a time; only the one that still fails is
 * stuck, and the segment is rebuilt without it. Where all fail the fault is not theirs: they wait.
 */
export async function recordEntries(
  deps: Deps,
  segment: Segment,
  entries: StockEntry[],
): Promise<Outcome> {
  try {
    const heldBack = await record(deps, segment, entries)
    return { done: entries.map(({ id }) => id), stuck: [], heldBack }
  } catch (error) {
    if (isTransient(error)) throw error
  }
  const outcome: Outcome = { done: [], stuck: [], heldBack: false }
  let last: unknown
  for (const entry of entries) {
    try {
      outcome.heldBack = (await record(deps, segment, [entry])) || outcome.heldBack
      outcome.done.push(entry.id)
    } catch (error) {
      if (isTransient(error) || OF_THE_LEDGER.test(codeOf(error))) throw error
      last = error
      deps.log.error({ err: error, entry }, 'a stream entry can not be recorded')
      outcome.stuck.push(entry.id)
    }
  }
  if (outcome.stuck.length === entries.length && entries.length > 1) throw last
  if (outcome.stuck.length > 0) {
    await holdBack(deps.db, segment, 'entry-stuck') // else its units would be on their way for ever
    outcome.heldBack = true
  }
  return outcome
}

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

/** Until now it waited in the stream. */
function ledgerStep({ id, orderId }: HoldEntry): Step {
  const startedAtMs = writtenAtMs(id)
  const after = pastStep({ name: 'stock stream', orderId, kind: 'consumer', startedAtMs })
  return { name: 'ledger', orderId, after }
}

/** True when the ledger refused what Redis gave: the segment is held back until it is rebuilt. */
async function record({ db, log }: Deps, segment: Segment, entries: StockEntry[]) {
  const holds = entries.filter((entry): entry is HoldEntry => entry.kind === 'hold')
  const withdrawals = entries.filter((e): e is WithdrawalEntry => e.kind === 'withdrawal')
  let why: string | undefined
  if (holds.length > 0) {
    const { heldBack, ...counts } = await inSteps(holds.map(ledgerStep), () =>
      recordHolds(db, segment, holds),
    )
    metrics.recorded.inc({ outcome: 'held' }, counts.held)
    metrics.recorded.inc({ outcome: 'repeated' }, counts.repeated)
    metrics.recorded.inc({ outcome: 'refused' }, counts.refused)
    why = heldBack
  }
  for (const entry of withdrawals) {
    const { kind } = await recordWithdrawal(db, segment, entry)
    if (kind !== 'recorded') log.error({ ...segment, entry, kind }, 'a withdrawal was refused')
    if (kind === 'barred') why = 'unit-taken'
  }
  if (why) log.error({ ...segment, why }, 'Redis gave what the ledger refuses: it is held back')
  return why !== undefined
}
