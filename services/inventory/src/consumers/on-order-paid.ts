import { OrderPaid } from '@flashsale/contracts/events/order-paid.ts'
import { consumer } from '@flashsale/messaging/consumer.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import { markSold, readStates } from '../db/holds.ts'

/** held → sold. A paid order whose units are not live would be P1 broken: it is kept as a dead letter. */
export const onOrderPaid = consumer(OrderPaid, async ({ tx }, events) => {
  const orderIds = events.map(({ data }) => data.orderId)
  const sold = await markSold(tx, orderIds)
  const others = orderIds.filter((id) => !sold.has(id))
  if (others.length === 0) return
  const states = await readStates(tx, others)
  const orderId = others.find((id) => states.get(id) !== 'sold')
  if (!orderId) return // all repeats
  const state = states.get(orderId) ?? 'none'
  throw new Fault('stock.paid-without-hold', 'a paid order holds no units', { orderId, state })
})
