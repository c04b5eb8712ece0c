/** Parts of the benchmark, in the order in which they run. */
export const sections = ['hot', 'latency', 'ledger', 'road', 'peak', 'growth', 'traces'] as const
export type Section = (typeof sections)[number]

/** How much is measured, and for how long. */
export type Plan = {
  /** Of the hot path, after one that only warms up. */
  rounds: number
  warmUpMs: number
  spanMs: number
  /** Of the generator; each has one request under way. */
  connections: number
  /** Whose requests are refused, in turn: more than a buyer's bucket would let through one by one. */
  crowd: number
  /** Distinct buyers of a span that sells, until its own rate is known. */
  buyersPerSecond: number
  latency: { rounds: number; spanMs: number; connections: number; shares: readonly number[] }
  ledger: { rounds: number; holds: number }
  road: { rounds: number; orders: number; steadyMs: number }
  peak: { spanMs: number }
  /** Buyers that a sale has when the next `sample` attempts are measured. */
  growth: { buyers: readonly number[]; sample: number }
  traces: { rounds: number; spanMs: number }
}

const shared = { connections: 128, crowd: 5_000, buyersPerSecond: 10_000 }

export const wholePlan: Plan = {
  ...shared,
  rounds: 5,
  warmUpMs: 3_000,
  spanMs: 3_000,
  latency: { rounds: 5, spanMs: 4_000, connections: 256, shares: [0.5, 0.8] },
  ledger: { rounds: 5, holds: 40_000 },
  road: { rounds: 5, orders: 10_000, steadyMs: 10_000 },
  peak: { spanMs: 20_000 },
  growth: { buyers: [1_000, 100_000, 1_000_000], sample: 10_000 },
  traces: { rounds: 24, spanMs: 700 },
}

export const quickPlan: Plan = {
  ...shared,
  rounds: 3,
  warmUpMs: 800,
  spanMs: 600,
  latency: { rounds: 1, spanMs: 1_500, connections: 256, shares: [0.5, 0.8] },
  ledger: { rounds: 1, holds: 10_000 },
  road: { rounds: 1, orders: 10_000, steadyMs: 3_000 },
  peak: { spanMs: 4_000 },
  growth: { buyers: [1_000, 10_000, 50_000], sample: 5_000 },
  traces: { rounds: 3, spanMs: 600 },
}
