import { z } from 'zod'
import { defineEvent, type EventOf } from '../define-event.ts'
import { OrderId } from '../ids.ts'
import { topics } from '../topics.ts'

/**
 * A callback, or the bank's answer to a check-back, is on disk and waits to be settled. Payment reads
 * its own event, so that all copies are settled in a row under the order's key.
 */
export const PaymentCallbackStored = defineEvent({
  type: 'payment.callback-stored',
  version: 1,
  topic: topics.payments,
  key: (data) => data.key,
  order: (data) => data.orderId,
  data: z.object({
    callbackId: z.uuid(),
    key: z.string(), // the order id, or the payment id while the payment is not known here
    orderId: OrderId.optional(), // missing while the payment is not known here
  }),
})
export type PaymentCallbackStored = EventOf<typeof PaymentCallbackStored>
