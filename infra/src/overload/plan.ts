/** How much is offered, and for how long. */
export type Plan = {
  /** Of the gateway. */
  cores: number
  connections: number
  warmUpMs: number
  /** Before the first round: by what is taken then it is known how much to offer. */
  saturationMs: number
  /** More than a gateway here can take with all of a core. */
  buyersPerSecondMax: number
  /** Each with the peak on both sides of its burst: a machine is not as fast at all times. */
  rounds: number
  /** Of a round, one after the other; `share` of what it can do. */
  phases: readonly PlannedPhase[]
}
type PlannedPhase = { name: string; share: number; spanMs: number; underWayMax?: number }

export const phaseNames = {
  calm: '50 %',
  high: '80 %',
  full: 'as much as it can do',
  burst: '300 %',
  after: '50 % again',
  fullAgain: 'as much as it can do, again',
} as const

/** The places at inventory: the gateway has always enough to do, and nobody stands in line. */
export const underWayMax = 128
const full = { share: 3, spanMs: 12_000, underWayMax }

export const plan: Plan = {
  cores: 0.25,
  connections: 4_096, // twice the share of a quarter core in the 10,000 that a gateway takes
  warmUpMs: 3_000,
  saturationMs: 20_000,
  buyersPerSecondMax: 12_000,
  rounds: 5,
  phases: [
    { name: phaseNames.calm, share: 0.5, spanMs: 10_000 },
    { name: phaseNames.high, share: 0.8, spanMs: 8_000 },
    { name: phaseNames.full, ...full },
    { name: phaseNames.burst, share: 3, spanMs: 60_000 },
    { name: phaseNames.after, share: 0.5, spanMs: 10_000 },
    { name: phaseNames.fullAgain, ...full },
  ],
}
