import { StockNotRecorded } from '@flashsale/contracts/events/stock-not-recorded.ts'
import { consumer } from '@flashsale/messaging/consumer.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import { applyInput } from '../db/apply-input.ts'
import { readOrders } from '../db/read-orders.ts'

/** The ledger refused the hold, finally. An order that lives was held before: both can't be true. */
export const onStockNotRecorded = consumer(StockNotRecorded, async ({ tx }, events) => {
  const refused = events.map(({ data: { orderId, buyerId, cause: _, ...hold } }) => ({
    id: orderId,
    buyerId,
    hold,
  }))
  await applyInput(tx, 'not recorded', refused)

  const rows = await readOrders(
    tx,
    refused.map(({ id }) => id),
  )
  const live = rows.find(({ state }) => state === 'pending-payment' || state === 'paid')
  if (live) {
    const { id: orderId, state } = live
    throw new Fault('order.live-but-refused', 'a live order has no hold', { orderId, state })
  }
})
