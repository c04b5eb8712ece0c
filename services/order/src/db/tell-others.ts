import { type CancelReason, OrderCancelled } from '@flashsale/contracts/events/order-cancelled.ts'
import { OrderPaid } from '@flashsale/contracts/events/order-paid.ts'
import { OrderRefundWanted } from '@flashsale/contracts/events/order-refund-wanted.ts'
import type { OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import { addToOutbox } from '@flashsale/messaging/outbox.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import type { Move, Told } from '../domain/order-state.ts'
import type { Incoming } from './incoming.ts'

export type Change = {
  id: OrderId
  move: Move
  reason: CancelReason | null
  saleId: SaleId | null
}

/** Writes the events that the state table names. Units first, money second, for one order's readers. */
export async function tellOthers(tx: Tx, changes: Change[], orders: Incoming[]): Promise<void> {
  const telling = (told: Told) => changes.filter(({ move }) => move.tells.includes(told))

  const paid = telling('paid').map(({ id, saleId }) => ({
    orderId: id,
    saleId: sure(saleId, id),
  }))
  if (paid.length > 0) await addToOutbox(tx, OrderPaid, paid)

  const heldIn = new Map(orders.map((order) => [order.id, order.heldIn]))
  const cancelled = telling('cancelled').map(({ id, saleId, reason }) => ({
    orderId: id,
    saleId: sure(saleId ?? heldIn.get(id), id),
    reason: sure(reason, id),
  }))
  if (cancelled.length > 0) await addToOutbox(tx, OrderCancelled, cancelled)

  const money = new Map(orders.map((order) => [order.id, order.money]))
  const refunds = telling('refund-wanted').map(({ id }) => {
    const { paymentId, amountMinor } = sure(money.get(id), id)
    return { orderId: id, paymentId, amountMinor } // all that came, not what was asked for
  })
  if (refunds.length > 0) await addToOutbox(tx, OrderRefundWanted, refunds)
}

/** The table's checks promise it: an order that tells has what it tells of. */
function sure<T>(value: T | null | undefined, orderId: OrderId): T {
  if (value === null || value === undefined)
    throw new Fault('order.fact-missing', 'an order lacks what it must tell', { orderId })
  return value
}
