import { z } from 'zod'
import { defineEvent, type EventOf } from '../define-event.ts'
import { OrderId, SaleId } from '../ids.ts'
import { topics } from '../topics.ts'

/** Why an order ended without being paid. */
export const CancelReason = z.enum(['unpaid', 'by-buyer', 'payment-failed', 'not-recorded'])
export type CancelReason = z.infer<typeof CancelReason>

/**
 * The order is over; its units go back. Written by order, the only judge of it (R11); inventory
 * releases the hold, payment ends an open checkout.
 */
export const OrderCancelled = defineEvent({
  type: 'order.cancelled',
  version: 1,
  topic: topics.orders,
  key: (data) => data.orderId,
  data: z.object({ orderId: OrderId, saleId: SaleId, reason: CancelReason }),
})
export type OrderCancelled = EventOf<typeof OrderCancelled>
