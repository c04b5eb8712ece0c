import type { Latency } from './summary.ts'

/** What a latency has to keep, accepted and sold out apart. Nothing here is k6's: the page draws them. */
export type LatencyLimit = {
  name: string
  /** As k6 calls it. */
  statistic: string
  limitMs: number
  of(latency: Latency): number
}

export const latencyLimits: LatencyLimit[] = [
  { name: 'average', statistic: 'avg', limitMs: 50, of: ({ avgMs }) => avgMs },
  { name: 'p95', statistic: 'p(95)', limitMs: 100, of: ({ p95Ms }) => p95Ms },
  { name: 'p99', statistic: 'p(99)', limitMs: 200, of: ({ p99Ms }) => p99Ms },
  { name: 'p99.9', statistic: 'p(99.9)', limitMs: 1_000, of: ({ p999Ms }) => p999Ms },
]
/** The one that single seconds are held against. */
export const p99LimitMs = 200
export const checksRateMin = 0.999
export const checksRule = `rate>${checksRateMin}`
