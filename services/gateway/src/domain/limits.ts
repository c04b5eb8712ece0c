import { z } from 'zod'

const MAX = 1_000_000_000
const PER_SECOND_MIN = 0.001 // one in a quarter of an hour; nobody waits for ever

export const limitNames = ['buyer', 'address', 'gateway'] as const
export type LimitName = (typeof limitNames)[number]

export const Limit = z.strictObject({
  burst: z.int().min(1).max(MAX),
  perSecond: z.number().min(PER_SECOND_MIN).max(MAX),
})
const LimitOrNone = Limit.nullable()

/** For all gateways together; null is no limit. */
export const Limits = z.object({ buyer: LimitOrNone, address: LimitOrNone, gateway: LimitOrNone })
export type Limits = z.infer<typeof Limits>

export const LimitChanges = Limits.exactPartial()
export type LimitChanges = z.infer<typeof LimitChanges>

/**
 * What one of so many gateways lets in, so that together they let in what the limit says. A bucket
 * that can't hold one token would let nobody in, ever: the burst is at least 1.
 */
export function shareOf({ buyer, address, gateway }: Limits, gateways: number): Limits {
  const part = (limit: Limits[LimitName]) =>
    limit && { burst: Math.max(1, limit.burst / gateways), perSecond: limit.perSecond / gateways }
  return { buyer: part(buyer), address: part(address), gateway: part(gateway) }
}
