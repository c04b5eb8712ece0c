import { OrderCancelled } from '@flashsale/contracts/events/order-cancelled.ts'
import { consumer } from '@flashsale/messaging/consumer.ts'
import { insertCancelledOrders } from '../db/cancelled-orders.ts'

/** No checkout is opened for it from now on; an open one is ended when its time has come. */
export const onOrderCancelled = consumer(OrderCancelled, async ({ tx }, events) => {
  await insertCancelledOrders(
    tx,
    events.map(({ data }) => data.orderId),
  )
})
