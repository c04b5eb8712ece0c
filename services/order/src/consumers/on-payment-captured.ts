import { PaymentCaptured } from '@flashsale/contracts/events/payment-captured.ts'
import { PaymentCaptured2 } from '@flashsale/contracts/events/payment-captured-2.ts'
import { consumer } from '@flashsale/messaging/consumer.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import { applyInput } from '../db/apply-input.ts'

type Captured = PaymentCaptured['data'] & Partial<PaymentCaptured2['data']>

/** Money for an order that can't take it goes back; money for an order we don't know too. */
async function take(tx: Tx, events: { data: Captured }[]) {
  const paid = events.map(({ data: { orderId, ...money } }) => ({ id: orderId, money }))
  await applyInput(tx, 'captured', paid)
}

export const onPaymentCaptured = consumer(PaymentCaptured, ({ tx }, events) => take(tx, events))
export const onPaymentCaptured2 = consumer(PaymentCaptured2, ({ tx }, events) => take(tx, events))
