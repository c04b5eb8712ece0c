/**
 * Ids that need no store: one payment an order, one refund a payment, the same whoever derives them
 * and however often, so that a call to the bank whose answer was lost can be made again.
 */

import { createHash } from 'node:crypto'
import type { OrderId, PaymentId } from '@flashsale/contracts/ids.ts'

export const paymentIdOf = (orderId: OrderId) => derive('payment', orderId) as PaymentId
export const refundIdOf = (paymentId: PaymentId) => derive('refund', paymentId)

/** A UUIDv8 of the first bytes of a SHA-256. */
function derive(kind: string, id: string): string {
  const bytes = createHash('sha256').update(`${kind}:${id}`).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return [...parts, hex.slice(20)].join('-')
}
