import { OrderRefundWanted } from '@flashsale/contracts/events/order-refund-wanted.ts'
import { consumer } from '@flashsale/messaging/consumer.ts'
import { insertRefunds } from '../db/refunds.ts'
import { refundIdOf } from '../domain/payment-id.ts'

export const onOrderRefundWanted = consumer(OrderRefundWanted, async ({ tx }, events) => {
  await insertRefunds(
    tx,
    events.map(({ data }) => ({ ...data, id: refundIdOf(data.paymentId) })),
  )
})
