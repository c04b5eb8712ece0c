/** So many arrive each second, for so long. */
export type Phase = {
  name: string
  spanMs: number
  perSecond: number
  /** Requests at a time; whoever comes while there are as many leaves. */
  underWayMax?: number
}

/** Buyers who come one after another, phase by phase, whatever the answers take. */
export type Crowd = {
  port: number
  /** One for each buyer; one who was sent away comes again behind the others. */
  requests: readonly string[]
  /** Each with one request under way; a buyer who finds none free leaves. */
  connections: number
  phases: readonly Phase[]
}

/**
 * `kept away`: no connection was free, for each has a request under way or rests for as long as it was told to; or
 * as many requests were under way as the phase allows.
 */
export const outcomes = [
  'accepted',
  'unconfirmed',
  '503',
  '429',
  'other',
  'lost',
  'kept away',
] as const
export type Outcome = (typeof outcomes)[number]

/** One entry for each arrival, in the order in which they ended. */
export type CrowdReport = {
  /** Since the first phase began. */
  arrivedMs: Float64Array
  /** From then to its answer; NaN where there was none. */
  tookMs: Float64Array
  /** By their place in `outcomes`. */
  said: Uint8Array
  accepted: string[]
  unconfirmed: string[]
  /** CPU that the generator took, as a share of one core. */
  busy: number
}
