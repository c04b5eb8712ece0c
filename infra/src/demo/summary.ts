import type { Audit } from '@flashsale/contracts/http/audit.ts'
import { type Audits, rushAuditsMin } from './audits.ts'
import { type Plan, plans, type SceneName, scenes, type Way, ways } from './behaviours.ts'
import type { Cast } from './cast.ts'
import type { Check } from './cross-check.ts'
import { endName, type Receipt } from './receipts.ts'
import { percentile, type Tally } from './tally.ts'

type Behaviour = { name: string; label: string; proof: string; buyers: number; happened: number }
type LatencyName = 'buyMs' | 'orderLagMs' | 'paymentMs' | 'readOrderMs'
type Latency = { count: number; p50: number; p99: number; max: number }

/** What `--json` writes, and the tables are drawn from. */
export type Summary = {
  passed: boolean
  failures: string[]
  seed: number
  buyers: number
  stock: number
  restock: number
  commit: string
  date: string
  startUpMs: number
  saleMs: number
  attempts: number
  answers: Record<string, number>
  asked: Behaviour[]
  ended: Behaviour[]
  scenes: { name: SceneName; label: string; count: number }[]
  accepted: { answers: number; receipts: number; units: number }
  ends: Record<string, { receipts: number; units: number }>
  latencies: Record<LatencyName, Latency | undefined>
  audits: {
    total: number
    inRush: number
    whileAsking: number
    exact: number
    unanswered: number
    tookMs: Latency | undefined
  }
  checks: Check[]
  faults: string[]
  inexactAudits: Audit[]
  books: Audit | undefined
}

export type Facts = Pick<
  Summary,
  'seed' | 'commit' | 'date' | 'startUpMs' | 'saleMs' | 'checks'
> & {
  cast: Cast
  tally: Tally
  receipts: Receipt[]
  answers202: number
  audits: Pick<Audits, 'notes' | 'inexact' | 'unanswered' | 'inRush' | 'whileAsking'>
  books: Audit | undefined
  /** Parts that were started again: nobody killed any. */
  died: string[]
  /** What stopped the sale, if anything did. */
  stoppedBy: string | undefined
}

export function summarize(facts: Facts): Summary {
  const { cast, tally, receipts, audits, stoppedBy, died, answers202, ...rest } = facts
  const units = receipts.reduce((sum, { quantity }) => sum + quantity, 0)
  const summary: Summary = {
    passed: false,
    failures: [],
    ...rest,
    buyers: cast.buyers.length,
    stock: cast.stock,
    restock: cast.restock,
    attempts: tally.attempts(),
    answers: Object.fromEntries([...tally.answers].sort(([, a], [, b]) => b - a)),
    asked: (Object.keys(ways) as Way[]).map((name) => {
      return { name, ...ways[name], ...(tally.ways.get(name) ?? none) }
    }),
    ended: (Object.keys(plans) as Plan[]).map((name) => {
      const { label, end } = plans[name]
      const own = receipts.filter(({ buyer }) => buyer.plan === name)
      const happened = own.filter((receipt) => receipt.end && endName(receipt.end) === end).length
      return { name, label, proof: end, buyers: own.length, happened }
    }),
    scenes: (Object.keys(scenes) as SceneName[]).map((name) => {
      const count = name === 'quantity-2' ? pairs(receipts) : (tally.scenes.get(name) ?? 0)
      return { name, label: scenes[name], count }
    }),
    accepted: { answers: answers202, receipts: receipts.length, units },
    ends: countEnds(receipts),
    latencies: {
      buyMs: latency(tally.times.buy),
      orderLagMs: latency(tally.times.lag),
      paymentMs: latency(tally.times.payment),
      readOrderMs: latency(tally.times.look),
    },
    audits: {
      total: audits.notes.length,
      inRush: audits.inRush(),
      whileAsking: audits.whileAsking(),
      exact: audits.notes.filter(({ exact }) => exact).length,
      unanswered: audits.unanswered(),
      tookMs: latency(audits.notes.map(({ tookMs }) => tookMs)),
    },
    faults: tally.faults,
    inexactAudits: audits.inexact,
  }
  summary.failures = failuresOf(summary, { stoppedBy, died, faultCount: tally.faultCount() })
  summary.passed = summary.failures.length === 0
  return summary
}

const none = { buyers: 0, happened: 0 }
const pairs = (receipts: Receipt[]) => receipts.filter(({ quantity }) => quantity === 2).length

type Outside = Pick<Facts, 'stoppedBy' | 'died'> & { faultCount: number }

/** Everything that keeps the demo from passing, each in a sentence. */
function failuresOf(summary: Summary, { stoppedBy, died, faultCount }: Outside): string[] {
  const { asked, ended, scenes, ends, accepted, audits, checks, books } = summary
  const withoutEnd = ends[noEnd]?.receipts ?? 0
  const isRare = ({ happened }: Behaviour) => happened === 0
  return [
    stoppedBy ? [`the sale was not played to its end: ${stoppedBy}`] : [],
    died.map((name) => `${name} died and was started again`),
    asked.filter(isRare).map(({ label, proof }) => `never seen: ${label} (${proof})`),
    ended.filter(isRare).map(({ label, proof }) => `never seen: ${label}, ${proof}`),
    scenes.filter(({ count }) => count === 0).map(({ label }) => `never seen: ${label}`),
    accepted.receipts === 0 ? ['nobody got a 202'] : [],
    withoutEnd > 0 ? [`${withoutEnd} receipts have no end`] : [],
    audits.exact < audits.total ? [`${audits.total - audits.exact} audits were not exact`] : [],
    audits.whileAsking < rushAuditsMin
      ? [`${audits.whileAsking} audits while buyers asked, ${rushAuditsMin} are wanted`]
      : [],
    checks
      .filter(({ holds }) => !holds)
      .map(({ what, left, right }) => `${what}: ${left}, ${right}`),
    faultCount > 0 ? [`${faultCount} things happened that must never happen`] : [],
    books?.exact ? [] : ['there is no exact last audit'],
  ].flat()
}

export const noEnd = 'no end'

function countEnds(receipts: Receipt[]): Summary['ends'] {
  const ends: Summary['ends'] = {}
  for (const { end, quantity } of receipts) {
    const name = end ? endName(end) : noEnd
    const count = ends[name] ?? { receipts: 0, units: 0 }
    ends[name] = { receipts: count.receipts + 1, units: count.units + quantity }
  }
  return Object.fromEntries(Object.entries(ends).sort(([, a], [, b]) => b.receipts - a.receipts))
}

function latency(values: readonly number[]): Latency | undefined {
  if (values.length === 0) return undefined
  const at = (p: number) => Math.round((percentile(values, p) ?? 0) * 10) / 10
  return { count: values.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}
