import type { CancelAnswer } from '@flashsale/contracts/http/order.ts'
import type { BuyerId, OrderId } from '@flashsale/contracts/ids.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { applyInput } from './apply-input.ts'
import { readOrders } from './read-orders.ts'

/**
 * The buyer's wish to cancel. Its row is made when the order has none yet (R11); who wins against a
 * payment, a time-out or the hold's event is decided by the row, and read only when nothing moved.
 */
export async function cancelOrder(db: Db, id: OrderId, buyerId: BuyerId): Promise<CancelAnswer> {
  return await db.tx(async (tx) => {
    const [known] = await readOrders(tx, [id])
    if (known?.buyerId && known.buyerId !== buyerId) return { kind: 'not-cancellable' }

    const [change] = await applyInput(tx, 'cancelled by buyer', [{ id, buyerId }])
    if (change?.move.to === 'cancel-wanted') return { kind: 'wanted' }
    if (change?.move.to === 'cancelled') return { kind: 'cancelled' }

    const [order] = await readOrders(tx, [id])
    if (order?.state === 'cancel-wanted') return { kind: 'wanted' }
    const byBuyer = order?.state === 'cancelled' && order.reason === 'by-buyer'
    return { kind: byBuyer ? 'cancelled' : 'not-cancellable' }
  })
}
