import { z } from 'zod'
import { defineEvent, type EventOf } from '../define-event.ts'
import { OrderId, PaymentId } from '../ids.ts'
import { AmountMinor } from '../money.ts'
import { topics } from '../topics.ts'

/** Money came for an order that can't take it (late, or of the wrong amount). Payment sends it back. */
export const OrderRefundWanted = defineEvent({
  type: 'order.refund-wanted',
  version: 1,
  topic: topics.orders,
  key: (data) => data.orderId,
  data: z.object({ orderId: OrderId, paymentId: PaymentId, amountMinor: AmountMinor }),
})
export type OrderRefundWanted = EventOf<typeof OrderRefundWanted>
