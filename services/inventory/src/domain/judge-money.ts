import type { AuditedOrder, AuditedPayment } from '@flashsale/contracts/http/order.ts'
import type { Found } from './judge-books.ts'

/** How long a capture may wait for its order to see it. */
const SETTLED_WITHIN_MS = 60_000

/**
 * captured = paid + to be refunded + refunded + what its order has not seen yet. Orders were read
 * before payments: an order is never ahead of the money it tells of.
 */
export function judgeMoney(orders: AuditedOrder[], payments: AuditedPayment[], found: Found) {
  const money = {
    capturedMinor: 0,
    paidMinor: 0,
    toBeRefundedMinor: 0,
    refundedMinor: 0,
    settlingMinor: 0,
  }
  let unsettledPayments = 0
  const orderOf = new Map(orders.map((order) => [order.id, order]))
  const captured = payments.filter(({ capturedMinor }) => capturedMinor > 0)
  const byOrder = Map.groupBy(captured, ({ orderId }) => orderId)

  for (const payment of captured) {
    const { id, orderId, capturedMinor, refundMinor } = payment
    const order = orderOf.get(orderId)
    money.capturedMinor += capturedMinor
    if (refundMinor > capturedMinor) found('refunded-too-much', { paymentId: id, refundMinor })
    if ((byOrder.get(orderId)?.length ?? 0) > 1) found('order-captured-twice', { orderId })
    if (!order) {
      found('capture-without-order', { paymentId: id, orderId, capturedMinor })
    } else if (order.state === 'paid') {
      money.paidMinor += capturedMinor
      if (order.amountMinor !== capturedMinor)
        found('paid-wrong-amount', { orderId, capturedMinor })
      if (payment.refundState) found('paid-and-refunded', { orderId })
    } else if (payment.refundState === 'done') {
      money.refundedMinor += capturedMinor
      if (refundMinor !== capturedMinor) found('refunded-wrong-amount', { paymentId: id })
    } else if (order.state === 'refunding' || payment.refundState) {
      money.toBeRefundedMinor += capturedMinor
    } else if ((payment.captureAgeMs ?? 0) <= SETTLED_WITHIN_MS) {
      money.settlingMinor += capturedMinor
    } else {
      unsettledPayments++
      found('capture-unsettled', { paymentId: id, orderId, order: order.state })
    }
  }
  for (const { id, state } of orders) {
    const settled = state === 'paid' || state === 'refunding' || state === 'refunded'
    if (settled && !byOrder.has(id)) found('order-without-capture', { orderId: id, state })
  }
  for (const { id, capturedMinor, refundState } of payments) {
    if (refundState && capturedMinor === 0) found('refund-without-capture', { paymentId: id })
  }
  return { ...money, unsettledPayments }
}
