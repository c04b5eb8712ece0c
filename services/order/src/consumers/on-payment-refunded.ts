import { PaymentRefunded } from '@flashsale/contracts/events/payment-refunded.ts'
import { consumer } from '@flashsale/messaging/consumer.ts'
import { applyInput } from '../db/apply-input.ts'

export const onPaymentRefunded = consumer(PaymentRefunded, async ({ tx }, events) => {
  await applyInput(
    tx,
    'refund done',
    events.map(({ data }) => ({ id: data.orderId })),
  )
})
