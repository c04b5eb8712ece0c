import { z } from 'zod'
import { defineEvent, type EventOf } from '../define-event.ts'
import { OrderId, PaymentId } from '../ids.ts'
import { topics } from '../topics.ts'

/** The bank said no, finally. Read by order. */
export const PaymentDeclined = defineEvent({
  type: 'payment.declined',
  version: 1,
  topic: topics.payments,
  key: (data) => data.orderId,
  data: z.object({ orderId: OrderId, paymentId: PaymentId }),
})
export type PaymentDeclined = EventOf<typeof PaymentDeclined>
