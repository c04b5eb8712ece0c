import { z } from 'zod'
import { defineEvent, type EventOf } from '../define-event.ts'
import { BuyerId, OrderId, SaleId } from '../ids.ts'
import { AmountMinor, Currency } from '../money.ts'
import { topics } from '../topics.ts'

/** Units are held for one order. Written by inventory's ledger, read by order. */
export const StockHeld = defineEvent({
  type: 'stock.held',
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
    paymentWindowSeconds: z.int().positive(), // counted from the order row's creation (R11)
  }),
})
export type StockHeld = EventOf<typeof StockHeld>
