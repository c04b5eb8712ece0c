import type { Replacement } from '@flashsale/contracts/http/erasure.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'

/** How many payments of these orders had another buyer until now. */
export async function replaceBuyers(tx: Tx, orders: Replacement[]): Promise<number> {
  const { rowCount } = await tx.query({
    name: 'replace-buyers',
    text: `update payments p set buyer_id = n.buyer
           from unnest($1::uuid[], $2::text[]) as n(order_id, buyer)
           where p.order_id = n.order_id and p.buyer_id <> n.buyer`,
    values: [orders.map(({ orderId }) => orderId), orders.map(({ buyerId }) => buyerId)],
  })
  return rowCount ?? 0
}
