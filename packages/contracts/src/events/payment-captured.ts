import { z } from 'zod'
import { defineEvent, type EventOf } from '../define-event.ts'
import { OrderId, PaymentId } from '../ids.ts'
import { AmountMinor, Currency } from '../money.ts'
import { topics } from '../topics.ts'

/**
 * The bank has the buyer's money, `amountMinor` of it, asked for or not. Read by order. Version 2 is in
 * payment-captured-2.ts.
 */
export const PaymentCaptured = defineEvent({
  type: 'payment.captured',
  version: 1,
  topic: topics.payments,
  key: (data) => data.orderId,
  data: z.object({
    orderId: OrderId,
    paymentId: PaymentId,
    amountMinor: AmountMinor,
    currency: Currency,
  }),
})
export type PaymentCaptured = EventOf<typeof PaymentCaptured>
