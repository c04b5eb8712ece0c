import { OrderCancelled } from '@flashsale/contracts/events/order-cancelled.ts'
import { consumer } from '@flashsale/messaging/consumer.ts'
import { barHolds, releaseHolds } from '../db/returns.ts'

/** Units of cancelled orders go back; a hold that the ledger has not seen yet is barred (R5, R11). */
export const onOrderCancelled = consumer(OrderCancelled, async ({ tx }, events) => {
  const orders = events.map(({ data }) => data)
  await barHolds(tx, orders)
  await releaseHolds(
    tx,
    orders.map(({ orderId }) => orderId),
  )
})
