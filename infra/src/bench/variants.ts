import type { Measured } from './cpu.ts'
import type { Expected, Load, LoadReport } from './load/load.ts'
import type { RedisCost } from './redis-cost.ts'
import type { References } from './references/start-references.ts'
import type { World } from './world.ts'

/** What one span sends, and what comes before and after it. */
export type Prepared = Pick<Load, 'port' | 'requests' | 'again'> & {
  expect: Expected
  processes: Measured[]
  /** Those whose CPU is the variant's cost; all of them when missing. */
  charged?: readonly string[]
  /** Runs the span; it may keep something up while it lasts. */
  around?: (span: () => Promise<LoadReport>) => Promise<LoadReport>
  /** CPU is counted until this is done. */
  until?: (report: LoadReport) => Promise<unknown>
  /** What must be true of the answers, and clearing up. Not measured. */
  check?: (report: LoadReport) => Promise<Extra | undefined>
}
/** More figures of a span: of an attempt, and of a hold. */
export type Extra = { redis?: RedisCost; redisBytes?: number }

/** One thing that is measured in every round. */
export type Variant = {
  name: string
  /** What it is to reach at least (its CPU: at most), as shares of the floor's; of W's where it says so. */
  aims?: Aims
  prepare(size: Size): Promise<Prepared>
}
export type Aims = { rate?: number; cpu?: number; rateOfW?: number }
/** `requests`: more than the span can take. */
export type Size = { requests: number }
export type Setting = { world: World; references: References }

/** What stands between a buyer and the answer. The rest works later, or only waits. */
export const onTheRoad = ['gateway', 'inventory', 'redis'] as const
