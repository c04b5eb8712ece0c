import type { Audits, When } from './audits.ts'
import type { Cast } from './cast.ts'
import type { Stage } from './stage.ts'
import { percentile } from './tally.ts'

export type Phase =
  | 'scheduled'
  | 'rush'
  | 'after the rush'
  | 'restock'
  | 'last payments'
  | 'closed'
  | 'asking every receipt'

const asking: Phase[] = ['rush', 'after the rush', 'restock']

export function createProgress() {
  let phase: Phase = 'scheduled'
  let asked = 0
  return {
    enter(next: Phase) {
      phase = next
    },
    phase: () => phase,
    when: (): When => (phase === 'rush' ? 'rush' : asking.includes(phase) ? 'asking' : 'later'),
    asked: () => void asked++,
    receiptsAsked: () => asked,
  }
}
export type Progress = ReturnType<typeof createProgress>

/** What the display shows; all of it plain numbers, so that it can be drawn anywhere. */
export type Snapshot = {
  phase: Phase
  /** Negative before the opening. */
  sinceOpeningMs: number
  attempts: number
  accepted: number
  refused: Map<string, number>
  orders: Map<string, number>
  waiting: number
  receiptsAsked: number
  units: { stock: number; available: number; held: number; sold: number; withdrawn: number }
  resold: number
  lagMs: { p50: number | undefined; p99: number | undefined }
  audits: number
  inexact: number
  faults: number
}
type Sources = { stage: Stage; audits: Audits; progress: Progress; cast: Cast }

export function snapshotOf({ stage, audits, progress, cast }: Sources): Snapshot {
  const { tally, receipts, opensAt, waiters } = stage
  const all = receipts.all()
  const orders = Map.groupBy(
    all,
    ({ end, seen }) => end?.status ?? (seen === 'refunding' ? seen : 'open'),
  )
  const books = audits.last()
  const { stock, available, held, sold, withdrawn } = books ?? emptyBooks(cast.stock)
  return {
    phase: progress.phase(),
    sinceOpeningMs: performance.now() - opensAt,
    attempts: tally.attempts(),
    accepted: all.length,
    refused: refusedBy(tally.answers),
    orders: new Map([...orders].map(([name, list]) => [name, list.length])),
    waiting: waiters.count(),
    receiptsAsked: progress.receiptsAsked(),
    units: { stock, available, held, sold, withdrawn },
    resold: receipts.unitsResold(),
    lagMs: { p50: percentile(tally.times.lag, 0.5), p99: percentile(tally.times.lag, 0.99) },
    audits: audits.notes.length,
    inexact: audits.inexact.length,
    faults: tally.faultCount(),
  }
}

const emptyBooks = (stock: number) => ({ stock, available: stock, held: 0, sold: 0, withdrawn: 0 })

/** `409 sold-out` is `sold-out` here; what was not answered at all is not a refusal. */
function refusedBy(answers: Map<string, number>): Map<string, number> {
  const refused = [...answers].filter(([name]) => /^[345]/.test(name))
  return new Map(refused.map(([name, count]) => [name.slice(4), count]))
}
