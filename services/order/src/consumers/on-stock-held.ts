import { StockHeld } from '@flashsale/contracts/events/stock-held.ts'
import { consumer } from '@flashsale/messaging/consumer.ts'
import { applyInput } from '../db/apply-input.ts'
import type { Incoming } from '../db/incoming.ts'

/** A hold whose event can't be handled ends as cancelled, so that its units are sold again (R11). */
export const onStockHeld = consumer(
  StockHeld,
  async ({ tx }, events) => {
    await applyInput(tx, 'held', events.map(toIncoming))
  },
  {
    onDead: async ({ tx }, event) => {
      await applyInput(tx, 'hold dead-lettered', [toIncoming(event)])
    },
  },
)

function toIncoming({ data: { orderId, buyerId, ...hold } }: StockHeld): Incoming {
  return { id: orderId, buyerId, hold }
}
