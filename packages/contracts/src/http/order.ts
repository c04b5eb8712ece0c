/** Bodies between the gateway (and inventory's audit) and order. */
import { z } from 'zod'
import { CancelReason } from '../events/order-cancelled.ts'
import { BuyerId, OrderId, PaymentId, SaleId } from '../ids.ts'
import { AmountMinor, Currency } from '../money.ts'

export const OrderState = z.enum([
  'cancel-wanted',
  'pending-payment',
  'paid',
  'cancelled',
  'refunding',
  'refunded',
])

/** An order row as others see it. Sale and amounts are absent while only a wish to cancel is known. */
export const OrderView = z.object({
  id: OrderId,
  buyerId: BuyerId,
  state: OrderState,
  reason: CancelReason.optional(),
  saleId: SaleId.optional(),
  quantity: z.int().positive().optional(),
  amountMinor: AmountMinor.optional(),
  currency: Currency.optional(),
  payBy: z.iso.datetime().optional(),
  paidAt: z.iso.datetime().optional(), // absent where an older release wrote the row
  createdAt: z.iso.datetime(),
})
export type OrderView = z.infer<typeof OrderView>

/** A keyset page, newest first; `nextCursor` is absent on the last one. */
export const OrderPage = z.object({
  orders: z.array(OrderView),
  nextCursor: z.string().optional(),
})
export type OrderPage = z.infer<typeof OrderPage>

export const CancelBody = z.object({ buyerId: BuyerId })
/** `wanted`: the order's hold is not known yet; it is cancelled as soon as it is (R11). */
export const CancelAnswer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cancelled') }),
  z.object({ kind: z.literal('wanted') }),
  z.object({ kind: z.literal('not-cancellable') }),
])
export type CancelAnswer = z.infer<typeof CancelAnswer>

/** What the audit reads of each order; pages in the order of ids. */
export const AuditedOrder = z.object({
  id: OrderId,
  buyerId: BuyerId.nullable(), // of a hold whose event could not be read
  state: OrderState,
  reason: CancelReason.nullable(),
  quantity: z.int().nullable(),
  amountMinor: z.int().nullable(),
  overdue: z.boolean(), // still waiting for payment well after its payBy
})
export type AuditedOrder = z.infer<typeof AuditedOrder>
export const AuditedOrders = z.object({
  orders: z.array(AuditedOrder),
  next: OrderId.optional(),
})

/** What the audit reads of each payment; pages in the order of ids. */
export const AuditedPayment = z.object({
  id: PaymentId,
  orderId: OrderId,
  state: z.enum(['created', 'in-progress', 'captured', 'declined', 'abandoned']),
  amountMinor: z.int(),
  capturedMinor: z.int(), // 0 unless captured
  captureAgeMs: z.number().nullable(),
  refundState: z.enum(['requested', 'sent', 'done', 'stuck']).nullable(),
  refundMinor: z.int(),
})
export type AuditedPayment = z.infer<typeof AuditedPayment>
export const AuditedPayments = z.object({
  payments: z.array(AuditedPayment),
  next: PaymentId.optional(),
})
