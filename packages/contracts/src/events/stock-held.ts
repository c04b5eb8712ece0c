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
    // The rest of the ledger's row: from it a ledger that lost rows is made whole again (R18).
    epoch: z.int().positive().optional(),
    units: z.array(z.int().positive()).optional(),
    slots: z.array(z.int().positive()).optional(), // the buyer's, one a unit
    key: z.string().optional(), // missing when the buyer sent none
    fingerprint: z.string().optional(),
    heldAtMs: z.int().positive().optional(), // Redis' time
  }),
})
export type StockHeld = EventOf<typeof StockHeld>
