import type { Audit } from '@flashsale/contracts/http/audit.ts'
import type { Check } from '../demo/cross-check.ts'
import { endName, type Receipt } from '../demo/receipts.ts'
import type { Tally } from '../demo/tally.ts'
import type { AuditBook } from '../drill/audit-book.ts'
import type { Report } from '../drill/report.ts'
import { type StrikeRow, strikeRows, type Times, times } from '../drill/summary.ts'
import type { Machine } from '../machine.ts'
import type { Step } from './calibrate.ts'
import { type FigureRow, figureRows, judgedFromMinutes } from './figures.ts'
import { type RestRow, restRows } from './files-at-rest.ts'
import type { Blow } from './kills.ts'
import { byBlow, type NinesRow, ninesRow, type Probe, probeKinds } from './nines.ts'
import { type KeptRow, keptRows } from './per-order.ts'
import type { Sample } from './sampler.ts'

export type Gathered = {
  attemptsPerSecond: number
  steps: Step[]
  samples: Sample[]
  /** Everything as it was before the first buyer, and after the last order's end. */
  rest: Record<'before' | 'after', Sample['figures']>
  cores: Record<string, number>
  probes: Probe[]
  blows: Blow[]
  wrongAnswers: Map<string, number>
  arrivals: number
  turnedAway: number
  attempts: number
  generatorLoopMs: { p99: number; max: number }
  report: Report
  books: AuditBook
  tally: Tally
  sales: number
  receipts: Receipt[]
  checks: Check[]
  stoppedBy: string | undefined
}

export type RunFacts = {
  commit: string
  command: string
  date: string
  machine: Machine
  seed: number
  minutes: number
  kills: boolean
  scale: Record<string, number>
  tookMs: number
}

export type Summary = RunFacts & {
  passed: boolean
  failures: string[]
  attemptsPerSecond: number
  calibration: Step[]
  arrivals: number
  turnedAway: number
  attempts: number
  /** Of the minutes of load, the orders of buyers and prober. */
  ordersPerSecond: number
  sales: number
  receipts: { count: number; ends: Record<string, number> }
  audits: AuditBook['counts']
  buyMs: Times
  cores: Record<string, number>
  generatorLoopMs: { p99: number; max: number }
  figures: FigureRow[]
  kept: KeptRow[]
  atRest: RestRow[]
  nines: { all: NinesRow; byKind: NinesRow[]; byKilled: NinesRow[]; byBlow: NinesRow[] }
  wrongAnswers: Record<string, number>
  killed: StrikeRow[]
  checks: Check[]
  faults: string[]
  inexactAudits: Audit[]
}

export function summarize(run: RunFacts, all: Gathered): Summary {
  const judged = !run.kills && run.minutes >= judgedFromMinutes
  const figures = figureRows(all.samples, judged)
  const kept = keptRows(all.samples, judged)
  const atRest = restRows(all.rest.before, all.rest.after, judged)
  const unread = judged && kept.length === 0 ? ['no bytes an order were read'] : []
  const failures = [...failuresOf(all, figures, kept), ...stayed(atRest), ...unread]
  return {
    ...run,
    passed: failures.length === 0,
    failures,
    attemptsPerSecond: all.attemptsPerSecond,
    calibration: all.steps,
    arrivals: all.arrivals,
    turnedAway: all.turnedAway,
    attempts: all.attempts,
    ordersPerSecond: ordersPerSecond(all.samples),
    sales: all.sales,
    receipts: { count: all.receipts.length, ends: endsOf(all.receipts) },
    audits: all.books.counts,
    buyMs: times(all.tally.times.buy),
    cores: all.cores,
    generatorLoopMs: all.generatorLoopMs,
    figures,
    kept,
    atRest,
    nines: ninesOf(all.probes, all.blows),
    wrongAnswers: Object.fromEntries(all.wrongAnswers),
    killed: strikeRows(all.report.strikes),
    checks: all.checks,
    faults: all.tally.faults,
    inexactAudits: all.books.inexact,
  }
}

/** Times are only reported: what decides is the books, the ends of orders, and what grows. */
function failuresOf(all: Gathered, figures: FigureRow[], kept: KeptRow[]): string[] {
  const { books, checks, report, tally, receipts, stoppedBy } = all
  const withoutEnd = receipts.filter(({ end }) => !end).length
  return [
    stoppedBy ? [`the soak was not played to its end: ${stoppedBy}`] : [],
    report.failures,
    books.counts.inexact > 0 ? [`${books.counts.inexact} audits were not exact`] : [],
    books.failed,
    withoutEnd > 0 ? [`${withoutEnd} receipts have no end`] : [],
    checks
      .filter(({ holds }) => !holds)
      .map(({ what, left, right }) => `${what}: ${left}, ${right}`),
    tally.faultCount() > 0 ? [`${tally.faultCount()} things happened that must never happen`] : [],
    receipts.length === 0 ? ['nobody got a 202'] : [],
    figures.filter(({ verdict }) => verdict === 'grows').map(({ name }) => `${name} grows`),
    kept
      .filter(({ verdict }) => verdict === 'more bytes')
      .map(({ table }) => `${table} takes more and more bytes an order`),
  ].flat()
}

const stayed = (atRest: readonly RestRow[]) =>
  atRest
    .filter(({ verdict }) => verdict === 'kept')
    .map(({ name, before, after }) => `${name}: ${before} before, ${after} after all had left`)

function ninesOf(probes: readonly Probe[], blows: readonly Blow[]): Summary['nines'] {
  const byKilled = Map.groupBy(probes, ({ during }) => during)
  return {
    all: ninesRow('all', probes),
    byKind: probeKinds.map((kind) => {
      return ninesRow(
        kind,
        probes.filter((probe) => probe.kind === kind),
      )
    }),
    byKilled: [...byKilled].map(([name, some]) => ninesRow(name, some, probes)).sort(byName),
    byBlow: byBlow(probes, blows),
  }
}

const byName = (one: NinesRow, other: NinesRow) => one.name.localeCompare(other.name)

function ordersPerSecond(samples: readonly Sample[]): number {
  const seen = samples.filter(({ figures }) => figures.orders !== undefined)
  const [first, last] = [seen[0], seen.at(-1)]
  if (!first || !last || first === last) return 0
  const orders = (last.figures.orders ?? 0) - (first.figures.orders ?? 0)
  return (orders * 1_000) / (last.atMs - first.atMs)
}

function endsOf(receipts: readonly Receipt[]): Record<string, number> {
  const groups = Map.groupBy(receipts, ({ end }) => (end ? endName(end) : 'no end'))
  const counts = [...groups].map(([name, some]) => [name, some.length] as const)
  return Object.fromEntries(counts.sort(([, a], [, b]) => b - a))
}
