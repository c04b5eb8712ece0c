import { PaymentCaptured } from '@flashsale/contracts/events/payment-captured.ts'
import { consumer } from '@flashsale/messaging/consumer.ts'
import { applyInput } from '../db/apply-input.ts'

/** Money for an order that can't take it goes back; money for an order we don't know too. */
export const onPaymentCaptured = consumer(PaymentCaptured, async ({ tx }, events) => {
  const paid = events.map(({ data: { orderId, ...money } }) => ({ id: orderId, money }))
  await applyInput(tx, 'captured', paid)
})
