/** How gateways share a service's calls between two releases of it, and when they take it back: docs/canary.md. */
import { z } from 'zod'

/** `stable` is the release that sells; `canary` is the one that is tried beside it. */
export const tracks = ['stable', 'canary'] as const
export type Track = (typeof tracks)[number]

export const splitServices = ['inventory', 'order', 'payment'] as const
export type SplitService = (typeof splitServices)[number]

const COHORT_MAX = 1_000
export const GATEWAY_CHARS_MAX = 64
const BUYER_CHARS_MAX = 256
export const WINDOW_SECONDS_MAX = 300

/** The canary is left when it is worse than what is said here and than `timesStableMax` times stable. */
export const RollBackRule = z.strictObject({
  errorRatioMax: z.number().min(0.001).max(1).default(0.02),
  p99MsMax: z.int().min(1).max(60_000).default(500),
  timesStableMax: z.number().min(1).max(100).default(2),
  callsMin: z.int().min(20).max(1_000_000).default(100), // of the canary, within the window: fewer say nothing
  windowSeconds: z.int().min(5).max(WINDOW_SECONDS_MAX).default(30),
})
export type RollBackRule = z.infer<typeof RollBackRule>

/** Who gets the canary: first what the header says, then the cohort, then the weight. */
export const WantedSplit = z.strictObject({
  release: z.string().min(1).max(64), // of the canary; another one draws other buyers
  weightPercent: z.number().min(0).max(100).default(0),
  header: z.boolean().default(false), // whether `x-flashsale-track` is heeded
  cohort: z.array(z.string().min(1).max(BUYER_CHARS_MAX)).max(COHORT_MAX).default([]), // buyers; `staff-*` is all who begin so
  rollBack: RollBackRule.prefault({}),
})
export type WantedSplit = z.infer<typeof WantedSplit>

/** Why gateways have left a canary; nobody gets it until an operator sets the split again. */
export const RolledBack = z.strictObject({
  at: z.iso.datetime(),
  gateway: z.string().max(GATEWAY_CHARS_MAX),
  cause: z.enum(['errors', 'slow']),
  why: z.string().max(500),
})
export type RolledBack = z.infer<typeof RolledBack>

export const SplitRule = WantedSplit.extend({ rolledBack: RolledBack.optional() })
export type SplitRule = z.infer<typeof SplitRule>

/** Null: all calls go to stable. */
export const CanaryRules = z.strictObject({
  inventory: SplitRule.nullable(),
  order: SplitRule.nullable(),
  payment: SplitRule.nullable(),
})
export type CanaryRules = z.infer<typeof CanaryRules>

export const noCanary: CanaryRules = { inventory: null, order: null, payment: null }
