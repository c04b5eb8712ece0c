import type { OrderId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import { nextMove, type OrderInput } from '../domain/order-state.ts'
import { metrics } from '../metrics.ts'
import { fillOrders } from './fill-orders.ts'
import type { Incoming } from './incoming.ts'
import { insertOrders } from './insert-orders.ts'
import { lockOrders } from './lock-orders.ts'
import { moveOrders } from './move-orders.ts'
import { type Change, tellOthers } from './tell-others.ts'

/**
 * One kind of input for many orders, each once: rows that are not there yet are made, the others
 * move, and what the table tells others goes to the outbox. First made, then locked, then moved, each
 * by a statement of its own: whoever came before is seen, and a row never goes away again.
 */
export async function applyInput(tx: Tx, input: OrderInput, orders: Incoming[]): Promise<Change[]> {
  if (orders.length === 0) return []
  const made = await makeOrders(tx, input, orders)
  const isNew = new Set<OrderId>(made.map(({ id }) => id))
  const known = orders.filter(({ id }) => !isNew.has(id))
  const changes = known.length > 0 ? [...made, ...(await moveKnown(tx, input, known))] : made
  await tellOthers(tx, changes, orders)
  for (const { move } of changes) metrics.moves.inc({ input, to: move.to })
  return changes
}

async function makeOrders(tx: Tx, input: OrderInput, orders: Incoming[]): Promise<Change[]> {
  const move = nextMove(undefined, input)
  if (!move) return []
  const ids = await insertOrders(tx, move, orders)
  const reason = move.reason ?? null
  return orders
    .filter(({ id }) => ids.has(id))
    .map(({ id, hold }) => ({ id, move, reason, saleId: hold?.saleId ?? null }))
}

async function moveKnown(tx: Tx, input: OrderInput, orders: Incoming[]): Promise<Change[]> {
  await lockOrders(
    tx,
    orders.map(({ id }) => id),
  )
  if (orders.some(({ hold }) => hold)) await fillOrders(tx, orders)
  const moved = await moveOrders(tx, input, orders)
  return moved.map(({ from, input: judged, ...order }) => {
    const move = nextMove(from, judged)
    if (move) return { ...order, move }
    const facts = { orderId: order.id, from, input: judged }
    throw new Fault('order.moved-off-table', 'an order moved where the table has no move', facts)
  })
}
