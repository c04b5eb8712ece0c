import { type Outcome, outcomes } from './outcome.ts'

/** What k6 hands to `handleSummary`, as far as it is read here. */
export type K6Data = {
  metrics: Record<string, K6Metric | undefined>
  state: { testRunDurationMs: number }
}
type K6Metric = {
  values: Record<string, number | undefined>
  thresholds?: Record<string, { ok: boolean }>
}

export type Latency = {
  count: number
  avgMs: number
  medMs: number
  p95Ms: number
  p99Ms: number
  p999Ms: number
  maxMs: number
}
export type Rule = { metric: string; rule: string; value: number; isMet: boolean }

/** What came of a run, by k6's own count. */
export type Summary = {
  durationMs: number
  attempts: number
  /** Attempts that were due when all virtual users were busy: never sent. Only k6 knows. */
  dropped: number | undefined
  vusMax: number | undefined
  answers: Partial<Record<Outcome, number>>
  /** Undefined where nobody was answered so. */
  accepted: Latency | undefined
  soldOut: Latency | undefined
  untilPaid: Latency | undefined
  checks: { passed: number; failed: number }
  rules: Rule[]
}

export function readSummary(data: K6Data): Summary {
  const { metrics } = data
  const value = (metric: string, name: string) => metrics[metric]?.values[name] ?? 0
  return {
    durationMs: Math.round(data.state.testRunDurationMs),
    attempts: value('iterations', 'count'),
    dropped: value('dropped_iterations', 'count'),
    vusMax: value('vus_max', 'max'),
    answers: readAnswers(metrics),
    accepted: readLatency(metrics.accepted),
    soldOut: readLatency(metrics.sold_out),
    untilPaid: readLatency(metrics.until_paid),
    checks: { passed: value('checks', 'passes'), failed: value('checks', 'fails') },
    rules: Object.entries(metrics).flatMap(([name, metric]) => readRules(name, metric)),
  }
}

/** Where the count of one kind of answer is kept. */
export const counterName = (outcome: Outcome) => `answers_${outcome.replace(/-/g, '_')}`

function readAnswers(metrics: K6Data['metrics']): Summary['answers'] {
  const counts = outcomes.map(
    (outcome) => [outcome, metrics[counterName(outcome)]?.values.count ?? 0] as const,
  )
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

function readLatency(metric: K6Metric | undefined): Latency | undefined {
  const of = (name: string) => metric?.values[name] ?? 0
  if (of('count') === 0) return undefined
  return {
    count: of('count'),
    avgMs: of('avg'),
    medMs: of('med'),
    p95Ms: of('p(95)'),
    p99Ms: of('p(99)'),
    p999Ms: of('p(99.9)'),
    maxMs: of('max'),
  }
}

function readRules(name: string, metric: K6Metric | undefined): Rule[] {
  return Object.entries(metric?.thresholds ?? {}).map(([rule, { ok }]) => {
    const statistic = rule.split(/[<>=!]/)[0]?.trim() ?? ''
    return { metric: name, rule, value: metric?.values[statistic] ?? 0, isMet: ok }
  })
}
