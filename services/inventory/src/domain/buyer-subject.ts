import { createHmac } from 'node:crypto'
import { BuyerId, ERASED } from '@flashsale/contracts/ids.ts'

/**
 * What stands in the place of a buyer who was erased: the same for the same buyer, so that limits and sums
 * can still be proved, and of no use to whoever does not have the key.
 */
export type SubjectOf = (buyer: string) => BuyerId
export function createSubjectOf(key: string): SubjectOf {
  return (buyer) =>
    isErased(buyer)
      ? BuyerId.parse(buyer)
      : BuyerId.parse(ERASED + createHmac('sha256', key).update(buyer).digest('base64url'))
}

export const isErased = (buyer: string) => buyer.startsWith(ERASED)
