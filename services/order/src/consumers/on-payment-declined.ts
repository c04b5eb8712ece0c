import { PaymentDeclined } from '@flashsale/contracts/events/payment-declined.ts'
import { consumer } from '@flashsale/messaging/consumer.ts'
import { applyInput } from '../db/apply-input.ts'

export const onPaymentDeclined = consumer(PaymentDeclined, async ({ tx }, events) => {
  await applyInput(
    tx,
    'declined',
    events.map(({ data }) => ({ id: data.orderId })),
  )
})
