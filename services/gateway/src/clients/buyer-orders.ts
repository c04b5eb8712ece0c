import type { OrderView } from '@flashsale/contracts/http/order.ts'
import type { BuyerId, OrderId } from '@flashsale/contracts/ids.ts'
import {
  type BuyerOrder,
  speaksForItself,
  statusOfLookUp,
  statusOfRow,
} from '../domain/order-status.ts'
import type { Asker } from '../domain/split.ts'
import type { InventoryClient } from './inventory.ts'
import type { OrderClient } from './order.ts'
import type { Unreachable } from './peer.ts'

type Deps = { order: Pick<OrderClient, 'read'>; inventory: Pick<InventoryClient, 'lookUp'> }
type Found = { kind: 'order'; order: BuyerOrder } | { kind: 'none' } | Unreachable

/** One answer from two stores: the order row where there is one, else the hold (P8). */
export function createBuyerOrders({ order, inventory }: Deps) {
  const seenByHold = async (id: OrderId) => statusOfLookUp(id, await inventory.lookUp(id))
  const seen = (row: OrderView) => (speaksForItself(row) ? statusOfRow(row) : seenByHold(row.id))

  return {
    /** Orders' rows first: while they can't be read, a hold could say `accepted` of a paid order. */
    async find(id: OrderId, buyerId: BuyerId, asker: Asker): Promise<Found> {
      const found = await order.read(id, asker)
      if (found.kind === 'unreachable') return found
      if (found.kind === 'none') return { kind: 'order', order: await seenByHold(id) }
      if (found.row.buyerId !== buyerId) return { kind: 'none' }
      return { kind: 'order', order: await seen(found.row) }
    },
    seen,
    seenByHold,
  }
}
export type BuyerOrders = ReturnType<typeof createBuyerOrders>
