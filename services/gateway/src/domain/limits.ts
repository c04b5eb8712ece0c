import {
  Bucket,
  type LimitName,
  type RuntimeDocument,
  UNLIMITED,
} from '@flashsale/contracts/http/runtime-config.ts'
import { z } from 'zod'

const LimitOrNone = Bucket.nullable()

/** For all gateways together; null is no limit. */
export const Limits = z.object({ buyer: LimitOrNone, address: LimitOrNone, gateway: LimitOrNone })
export type Limits = z.infer<typeof Limits>

export const LimitChanges = Limits.exactPartial()
export type LimitChanges = z.infer<typeof LimitChanges>

type SetLimits = RuntimeDocument['limits']

/** In a merge patch null would take back what an operator has set. */
export function toSetLimits(changes: LimitChanges): SetLimits {
  const pairs = Object.entries(changes).map(([name, bucket]) => [name, bucket ?? UNLIMITED])
  return Object.fromEntries(pairs)
}

/** What an operator has set wins over what the process was started with. */
export function limitsOf(defaults: Limits, set: SetLimits): Limits {
  const limit = (name: LimitName) => {
    const wanted = set[name]
    if (wanted === undefined) return defaults[name]
    return wanted === UNLIMITED ? null : wanted
  }
  return { buyer: limit('buyer'), address: limit('address'), gateway: limit('gateway') }
}

/**
 * What one of so many gateways lets in, so that together they let in what the limit says. A bucket
 * that can't hold one token would let nobody in, ever: the burst is at least 1.
 */
export function shareOf({ buyer, address, gateway }: Limits, gateways: number): Limits {
  const part = (limit: Limits[LimitName]) =>
    limit && { burst: Math.max(1, limit.burst / gateways), perSecond: limit.perSecond / gateways }
  return { buyer: part(buyer), address: part(address), gateway: part(gateway) }
}
