import { z } from 'zod'
import { defineEvent, type EventOf } from '../define-event.ts'
import { BuyerId, OrderId, SaleId } from '../ids.ts'
import { AmountMinor, Currency } from '../money.ts'
import { topics } from '../topics.ts'

/** The ledger refused a hold that Redis had given (R5): final. Written by inventory, read by order. */
export const StockNotRecorded = defineEvent({
  type: 'stock.not-recorded',
  version: 1,
  topic: topics.stock,
  key: (data) => data.orderId,
  data: z.object({
    orderId: OrderId,
    saleId: SaleId,
    buyerId: BuyerId,
    quantity: z.int().positive(),
    amountMinor: AmountMinor,
    currency: Currency,
    cause: z.enum(['old-epoch', 'unit-taken', 'slot-taken', 'order-ended']),
  }),
})
export type StockNotRecorded = EventOf<typeof StockNotRecorded>
