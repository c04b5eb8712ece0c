/** How much is offered, and for how long. */
export type Sizes = {
  /** Attempts a second of the target, all of them offered whatever the answers take. */
  perSecond: number
  spanMs: number
  /** Sales of so many units, in seconds of attempts: after so long each is sold out. */
  stockSeconds: readonly number[]
  /** Of the generator; a request that finds none free waits, and that is part of its latency. */
  connections: number
  warmUp: { perSecond: number; spanMs: number; stockSeconds: number }
  /** Rates that are tried for `spanMs` each until the targets hold, or no longer hold. */
  search: { spanMs: number; down: readonly number[]; up: readonly number[] }
  scale: {
    rounds: number
    warmUpMs: number
    spanMs: number
    cores: number
    connectionsEach: number
    /** Distinct buyers ready for a span, until its rate is known. */
    buyersPerSecond: number
  }
}

export const wholeSizes: Sizes = {
  perSecond: 10_000,
  spanMs: 25_000,
  stockSeconds: [2, 0.2],
  connections: 1_024,
  warmUp: { perSecond: 4_000, spanMs: 8_000, stockSeconds: 2 },
  search: {
    spanMs: 12_000,
    down: [8_000, 6_000, 4_500, 3_000, 2_000],
    up: [12_000, 14_000, 16_000],
  },
  scale: {
    rounds: 4,
    warmUpMs: 4_000,
    spanMs: 3_000,
    cores: 0.25,
    connectionsEach: 64,
    buyersPerSecond: 12_000,
  },
}
