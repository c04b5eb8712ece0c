/** How much is offered, and for how long. */
export type Plan = {
  /** Of the gateway. */
  cores: number
  connections: number
  /** Requests at a time while it is found out what the gateway can do, over all of the connections in turn. */
  underWayMax: number
  warmUpMs: number
  /**
   * Before the crowd and once more after it: a machine is not as fast at all times. Long enough for a full
   * garbage collection: on a share of a core one takes seconds, and a shorter time has one in it or none.
   */
  saturationMs: number
  /** More than a gateway here can take with all of a core. */
  buyersPerSecondMax: number
  /** One after the other; `share` of what it can do. */
  phases: readonly { name: string; share: number; spanMs: number }[]
}

export const phaseNames = {
  calm: '50 %',
  high: '80 %',
  burst: '300 %',
  after: '50 % again',
} as const

export const plan: Plan = {
  cores: 0.25,
  connections: 4_096, // twice the share of a quarter core in the 10,000 that a gateway takes
  underWayMax: 128, // the places at inventory: it has always enough to do, and nobody stands in line
  warmUpMs: 3_000,
  saturationMs: 24_000,
  buyersPerSecondMax: 12_000,
  phases: [
    { name: phaseNames.calm, share: 0.5, spanMs: 12_000 },
    { name: phaseNames.high, share: 0.8, spanMs: 8_000 },
    { name: phaseNames.burst, share: 3, spanMs: 60_000 },
    { name: phaseNames.after, share: 0.5, spanMs: 10_000 },
  ],
}
