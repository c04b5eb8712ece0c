import { z } from 'zod'
import { defineEvent, type EventOf } from '../define-event.ts'
import { OrderId, SaleId } from '../ids.ts'
import { topics } from '../topics.ts'

/** The order's money is there. Written by order; inventory turns held into sold. */
export const OrderPaid = defineEvent({
  type: 'order.paid',
  version: 1,
  topic: topics.orders,
  key: (data) => data.orderId,
  data: z.object({ orderId: OrderId, saleId: SaleId }),
})
export type OrderPaid = EventOf<typeof OrderPaid>
