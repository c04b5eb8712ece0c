import { secondsOf } from './schedule.ts'

export type MetricType = 'trend' | 'counter' | 'rate'
type Metric = { type: MetricType; values: number[] }
const samples = new Map<string, Metric>()

export function addSample(name: string, type: MetricType, value: number): void {
  const metric = samples.get(name) ?? { type, values: [] }
  samples.set(name, metric)
  metric.values.push(value)
}

type Aborting = { threshold: string; abortOnFail?: boolean; delayAbortEval?: string }
type Rules = Record<string, (string | Aborting)[]>
type Values = Record<string, number>

/** Whether a threshold is broken that ends the run. */
export function isOver(rules: Rules, ranMs: number): boolean {
  return Object.entries(rules).some(([name, all]) => {
    const metric = samples.get(name)
    if (!metric) return false
    const values = valuesOf(metric)
    return all.some((rule) => {
      if (typeof rule === 'string' || !rule.abortOnFail) return false
      const isJudged = ranMs >= 1_000 * secondsOf(rule.delayAbortEval ?? '0s')
      return isJudged && !holds(rule.threshold, values)
    })
  })
}

/** In the shape that k6 hands to `handleSummary`, thresholds judged. */
export function summarize(rules: Rules, testRunDurationMs: number) {
  for (const name of Object.keys(rules)) {
    if (!samples.has(name)) samples.set(name, { type: 'trend', values: [] })
  }
  const metrics = [...samples].map(([name, metric]) => {
    const { type } = metric
    const values = valuesOf(metric)
    const judged = (rules[name] ?? []).map((rule) => {
      const source = typeof rule === 'string' ? rule : rule.threshold
      return [source, { ok: holds(source, values) }]
    })
    return [
      name,
      { type, values, ...(judged.length > 0 && { thresholds: Object.fromEntries(judged) }) },
    ]
  })
  return { metrics: Object.fromEntries(metrics), state: { testRunDurationMs } }
}

const valuesOf = ({ type, values }: Metric): Values => ({ trend, counter, rate })[type](values)

function trend(all: number[]): Values {
  const sorted = all.toSorted((a, b) => a - b)
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return {
    avg: (counter(all).count ?? 0) / Math.max(all.length, 1),
    min: at(0),
    med: at(0.5),
    'p(90)': at(0.9),
    'p(95)': at(0.95),
    'p(99)': at(0.99),
    'p(99.9)': at(0.999),
    max: at(1),
    count: all.length,
  }
}

const counter = (all: number[]): Values => ({ count: all.reduce((sum, value) => sum + value, 0) })

function rate(all: number[]): Values {
  const passes = all.filter((value) => value === 1).length
  return { rate: passes / all.length, passes, fails: all.length - passes }
}

function holds(rule: string, values: Values): boolean {
  const [, statistic = '', sign, limit] = /^(.+?)([<>])([\d.]+)$/.exec(rule) ?? []
  const value = values[statistic]
  if (value === undefined) throw new Error(`the stand-in knows no ${rule}`)
  return sign === '<' ? value < Number(limit) : value > Number(limit)
}
