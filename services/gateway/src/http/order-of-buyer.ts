import { OrderView } from '@flashsale/contracts/http/order.ts'
import { z } from 'zod'

const { id, saleId, quantity, amountMinor, payBy, paidAt, reason } = OrderView.shape

/** A path id that can't be one is no order of this buyer's: 404, found out before any store is asked. */
export const orderParams = z.object({ id: z.string() })

const status = z.enum([
  'unconfirmed',
  'accepted',
  'pending-payment',
  'paid',
  'cancelled',
  'refunding',
  'refunded',
])

/** An order as its buyer sees it; `saleId` and amounts are absent only while nothing is recorded. */
export const OrderOfBuyer = z.object({
  id,
  status,
  saleId,
  quantity,
  amountMinor,
  payBy,
  paidAt,
  reason,
})
export const OrderStatus = z.object({ id, status })
