/** Bodies between the services about buyers who are erased. */
import { z } from 'zod'
import { BuyerId, OrderId } from '../ids.ts'

export const REPLACED_MAX = 400 // orders in one call; their ids and subjects are 45 KiB

/** In the place of whoever had bought it: the hashed subject. Asked again, it changes nothing. */
export const Replacement = z.strictObject({ orderId: OrderId, buyerId: BuyerId })
export type Replacement = z.infer<typeof Replacement>
export const ReplaceBody = z.strictObject({ orders: z.array(Replacement).min(1).max(REPLACED_MAX) })
export const ReplaceAnswer = z.object({ replaced: z.int().nonnegative() })

/** Orders that ended without ever belonging to a sale: nothing is left to be proved of them. */
export const ForgetBody = z.strictObject({ before: z.iso.datetime() })
export const ForgetAnswer = z.object({ forgotten: z.int().nonnegative(), more: z.boolean() })

export const EraseBody = z.strictObject({ buyerId: BuyerId })
/** How far the erasure of one buyer is. */
export const Erasure = z.object({
  subject: z.string(), // what stands in the buyer's place
  askedAt: z.iso.datetime(),
  doneAt: z.iso.datetime().optional(), // absent until nothing is left of what was there when it was asked
  salesWaiting: z.int().nonnegative(), // not settled for over a day yet: theirs are replaced then
})
export type Erasure = z.infer<typeof Erasure>
