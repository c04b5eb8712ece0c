import type { Replacement } from '@flashsale/contracts/http/erasure.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import { lockOrders } from './lock-orders.ts'

const FORGOTTEN_MAX = 1_000 // a call

/** Of orders that are over; how many had another buyer until now. */
export async function replaceBuyers(tx: Tx, orders: Replacement[]): Promise<number> {
  const ids = orders.map(({ orderId }) => orderId)
  await lockOrders(tx, ids)
  const { rowCount } = await tx.query({
    name: 'replace-buyers',
    text: `update orders o set buyer_id = n.buyer
           from unnest($1::uuid[], $2::text[]) as n(id, buyer)
           where o.id = n.id and o.buyer_id <> n.buyer
             and o.state not in ('cancel-wanted', 'pending-payment')`,
    values: [ids, orders.map(({ buyerId }) => buyerId)],
  })
  return rowCount ?? 0
}

/** Of orders that ended without a sale. */
export async function forgetBuyers(tx: Tx, before: Date) {
  const { rowCount } = await tx.query({
    name: 'forget-buyers',
    text: `update orders set buyer_id = null
           where id in (select id from orders where sale_id is null and buyer_id is not null
                          and state in ('cancelled', 'refunded') and created_at < $1
                        order by id limit $2 for update skip locked)`,
    values: [before, FORGOTTEN_MAX],
  })
  const forgotten = rowCount ?? 0
  return { forgotten, more: forgotten === FORGOTTEN_MAX }
}
