/** What can be changed while a sale runs, and bodies of the calls about it: docs/runtime-config.md. */
import { z } from 'zod'
import { SplitRule } from './canary.ts'

export const CONFIG_BYTES_MAX = 32 * 1024
export const WHY_CHARS_MAX = 500
const RATE_MAX = 1_000_000_000
const PER_SECOND_MIN = 0.001 // one in a quarter of an hour; nobody waits for ever
const DELAY_MS_MAX = 10_000

export const limitNames = ['buyer', 'address', 'gateway'] as const
export type LimitName = (typeof limitNames)[number]

export const Bucket = z.strictObject({
  burst: z.int().min(1).max(RATE_MAX),
  perSecond: z.number().min(PER_SECOND_MIN).max(RATE_MAX),
})
/** A limit that is taken away; one that is absent is as the process was started. */
export const UNLIMITED = 'unlimited'
const SetLimit = z.union([Bucket, z.literal(UNLIMITED)])
export type SetLimit = z.infer<typeof SetLimit>

export const switchNames = ['serveStale', 'closeCardPayments', 'readOnly', 'stopJoins'] as const
export type SwitchName = (typeof switchNames)[number]
const Switch = z.boolean().default(false)

/** Of a share of a service's answers; honoured by a process that was started with FAULTS_ALLOWED. */
export const PlannedFault = z.strictObject({
  delayMs: z.int().min(0).max(DELAY_MS_MAX).default(0),
  delayedShare: z.number().min(0).max(1).default(1),
  failedShare: z.number().min(0).max(1).default(0),
  instance: z.string().min(1).max(64).exactOptional(), // only this one; without it, all of the service
})
export type PlannedFault = z.infer<typeof PlannedFault>

/** Strict: what is stored has been understood. Readers drop what they don't know: read-document.ts. */
export const RuntimeDocument = z.strictObject({
  limits: z
    .strictObject({ buyer: SetLimit, address: SetLimit, gateway: SetLimit })
    .exactPartial()
    .prefault({}),
  switches: z
    .strictObject({
      serveStale: Switch,
      closeCardPayments: Switch,
      readOnly: Switch,
      stopJoins: Switch,
    } satisfies Record<SwitchName, typeof Switch>)
    .prefault({}),
  canary: z
    .strictObject({ inventory: SplitRule, order: SplitRule, payment: SplitRule })
    .exactPartial() // a service that is not named has none
    .prefault({}),
  faults: z
    .strictObject({ inventory: PlannedFault, order: PlannedFault, payment: PlannedFault })
    .exactPartial()
    .prefault({}),
})
export type RuntimeDocument = z.infer<typeof RuntimeDocument>
export type Faults = RuntimeDocument['faults']

/** Version 0: nobody has changed anything. A later change has a higher version, whatever was lost. */
const Version = z.int().nonnegative()
type Json = z.infer<ReturnType<typeof z.json>>
/** A schema that names itself has no place in the API's document: what comes was JSON before. */
const AnyJson = z.unknown() as z.ZodType<Json>

/** As it is stored: maybe by a release that knows more. */
export const RawDocument = z.record(z.string(), AnyJson)
export type RawDocument = z.infer<typeof RawDocument>
/** Who reads it looks at the document by itself. */
export const ConfigTold = z.object({ version: Version, document: RawDocument })
export type ConfigTold = z.infer<typeof ConfigTold>

/** `before` or `after` is absent where there was, or is, nothing. */
export const ConfigDifference = z.object({
  at: z.string(), // a JSON pointer
  before: AnyJson.optional(),
  after: AnyJson.optional(),
})
export type ConfigDifference = z.infer<typeof ConfigDifference>

const Why = z.string().min(1).max(WHY_CHARS_MAX)
/** `change` is an RFC 7396 merge patch: null takes a part back to what it is without being set. */
export const ConfigChange = z.strictObject({
  why: Why,
  change: RawDocument,
  expectedVersion: Version.optional(),
})
export const ConfigRollBack = z.strictObject({
  why: Why,
  version: Version,
  expectedVersion: Version.optional(),
})
const Who = z.object({ who: z.string().min(1).max(256), dryRun: z.boolean() })
export const InternalConfigChange = ConfigChange.extend(Who.shape)
export type InternalConfigChange = z.infer<typeof InternalConfigChange>
export const InternalConfigRollBack = ConfigRollBack.extend(Who.shape)
export type InternalConfigRollBack = z.infer<typeof InternalConfigRollBack>

/** What is, or with `dryRun` would be, after a change. Without a difference no version is made. */
export const ConfigChanged = z.object({
  version: Version,
  document: RawDocument,
  dryRun: z.boolean(),
  differences: z.array(ConfigDifference),
})
export type ConfigChanged = z.infer<typeof ConfigChanged>

export const ConfigRecord = z.object({
  version: Version,
  beforeVersion: Version,
  who: z.string(),
  why: z.string(),
  at: z.iso.datetime(),
  differences: z.array(ConfigDifference),
  document: RawDocument,
})
export type ConfigRecord = z.infer<typeof ConfigRecord>
/** A keyset page, newest first; `nextCursor` is absent on the last one. */
export const ConfigHistory = z.object({
  changes: z.array(ConfigRecord),
  nextCursor: z.string().optional(),
})
export type ConfigHistory = z.infer<typeof ConfigHistory>
