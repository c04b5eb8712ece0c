/** What order itself had judged and told: others have acted on it, so it is judged the same again. */
import { type CancelReason, OrderCancelled } from '@flashsale/contracts/events/order-cancelled.ts'
import { OrderPaid } from '@flashsale/contracts/events/order-paid.ts'
import { OrderRefundWanted } from '@flashsale/contracts/events/order-refund-wanted.ts'
import type { OrderId } from '@flashsale/contracts/ids.ts'
import { topics } from '@flashsale/contracts/topics.ts'
import { consumer } from '@flashsale/messaging/consumer.ts'
import { type Incoming, readMessage } from '@flashsale/messaging/read-message.ts'
import { readTopic } from '@flashsale/messaging/read-topic.ts'
import { readOrders } from '../db/read-orders.ts'
import { cancelAgain } from '../db/recovery.ts'
import type { RecoverDeps } from './win-back.ts'

const nothing = async () => {}
const known = [
  consumer(OrderPaid, nothing),
  consumer(OrderCancelled, nothing),
  consumer(OrderRefundWanted, nothing),
]
type Verdict = { type: string; orderId: OrderId; reason?: CancelReason; amountMinor?: number }

/**
 * An order that had been cancelled is over before any money is looked at. Payments and refunds need no
 * such care: they follow from the money in the state that the order is in then.
 */
export async function repeatCancellations({ db, source }: RecoverDeps): Promise<number> {
  return readTopic(source, topics.orders, async (messages) => {
    const cancelled = readVerdicts(messages).flatMap(({ orderId, reason }) =>
      reason ? [{ id: orderId, reason }] : [],
    )
    await cancelAgain(db, cancelled)
  })
}

/** Orders that were told to be paid, cancelled or refunded, and are not: money first. */
export async function checkVerdicts({ db, source, findings }: RecoverDeps): Promise<void> {
  const agreed: Record<string, string[]> = {
    [OrderPaid.type]: ['paid'],
    [OrderCancelled.type]: ['cancelled', 'refunding', 'refunded'],
    [OrderRefundWanted.type]: ['refunding', 'refunded'],
  }
  await readTopic(source, topics.orders, async (messages) => {
    const verdicts = readVerdicts(messages)
    const ids = [...new Set(verdicts.map(({ orderId }) => orderId))]
    const rows = new Map((await readOrders(db, ids)).map((row) => [row.id, row]))
    for (const { type, orderId } of verdicts) {
      const { state = 'none', amountMinor, currency } = rows.get(orderId) ?? {}
      if (agreed[type]?.includes(state)) continue
      const facts = { orderId, told: type, state, amountMinor, currency }
      const weight = type === OrderCancelled.type ? 'orders' : 'money'
      findings.open(weight, 'an order that is not as it was told', facts)
    }
  })
}

function readVerdicts(messages: Incoming[]): Verdict[] {
  return messages.flatMap((message) => {
    const read = readMessage(message, known)
    if (!read || read.unreadable !== undefined) return []
    return [{ type: read.event.type, ...(read.event.data as Omit<Verdict, 'type'>) }]
  })
}
