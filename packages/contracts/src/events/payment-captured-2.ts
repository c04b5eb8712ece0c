import { z } from 'zod'
import { defineEvent, type EventOf } from '../define-event.ts'
import { PaymentCaptured } from './payment-captured.ts'

/**
 * As version 1, and when the bank's word came: order keeps it as the time of payment. Version 1 is read
 * beside it, and written until no order service is left that reads only that (docs/change.md).
 */
export const PaymentCaptured2 = defineEvent({
  ...PaymentCaptured,
  version: 2,
  key: (data) => data.orderId,
  data: PaymentCaptured.data.extend({ capturedAt: z.iso.datetime({ offset: true }) }),
})
export type PaymentCaptured2 = EventOf<typeof PaymentCaptured2>
