import type { OrderId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'

/** Remembered for ever: a checkout is not opened for them. */
export async function insertCancelledOrders(tx: Tx, orderIds: OrderId[]) {
  await tx.query({
    name: 'insert-cancelled-orders',
    text: `insert into cancelled_orders (order_id) select unnest($1::uuid[])
           on conflict do nothing`,
    values: [orderIds],
  })
}
