import { z } from 'zod'
import { defineEvent, type EventOf } from '../define-event.ts'
import { OrderId, PaymentId } from '../ids.ts'
import { AmountMinor } from '../money.ts'
import { topics } from '../topics.ts'

/** The bank has sent the money back. Read by order. */
export const PaymentRefunded = defineEvent({
  type: 'payment.refunded',
  version: 1,
  topic: topics.payments,
  key: (data) => data.orderId,
  data: z.object({ orderId: OrderId, paymentId: PaymentId, amountMinor: AmountMinor }),
})
export type PaymentRefunded = EventOf<typeof PaymentRefunded>
