import { StockHeld } from '@flashsale/contracts/events/stock-held.ts'
import { OrderId } from '@flashsale/contracts/ids.ts'
import { consumer } from '@flashsale/messaging/consumer.ts'
import { applyInput } from '../db/apply-input.ts'
import type { Incoming } from '../db/incoming.ts'
import { metrics } from '../metrics.ts'

/**
 * A hold whose event can't be handled ends as cancelled, so that its units are sold again (R11). Its
 * facts are not written: they may be why it could not be handled. One that can't even be read leaves a
 * wish to cancel, which the sweeper ends.
 */
export const onStockHeld = consumer(
  StockHeld,
  async ({ tx }, events) => {
    const changes = await applyInput(tx, 'held', events.map(toIncoming))
    const made = changes.filter(({ move }) => move.to === 'pending-payment')
    tellRoad(events, new Set(made.map(({ id }) => id)))
  },
  {
    onDead: async ({ tx }, { key, data }) => {
      if (!data) {
        const known = OrderId.safeParse(key)
        if (known.success) await applyInput(tx, 'hold unreadable', [{ id: known.data }])
        return
      }
      const { orderId: id, buyerId, saleId: heldIn } = data
      await applyInput(tx, 'hold dead-lettered', [{ id, buyerId, heldIn }])
    },
  },
)

function toIncoming({ data: { orderId, buyerId, ...hold } }: StockHeld): Incoming {
  return { id: orderId, buyerId, hold }
}

/** How long the new orders were on their way; it began by Redis' clock, which can be ahead of ours. */
function tellRoad(events: StockHeld[], made: Set<OrderId>) {
  const now = Date.now()
  for (const { data } of events) {
    if (data.heldAtMs === undefined || !made.has(data.orderId)) continue
    metrics.holdToOrder.observe(Math.max(0, now - data.heldAtMs) / 1000)
  }
}
