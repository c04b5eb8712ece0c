import type { OrderId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import type { Move } from '../domain/order-state.ts'
import type { Incoming } from './incoming.ts'

/** Ids of the orders that are new; those already there are left as they are, for the caller to move. */
export async function insertOrders(tx: Tx, { to, reason }: Move, orders: Incoming[]) {
  const { rows } = await tx.query<{ id: OrderId }>({
    name: 'insert-orders',
    text: `insert into orders (id, sale_id, buyer_id, quantity, amount_minor, currency, pay_by,
                               payment_id, state, reason)
           select id, sale, buyer, quantity, amount, currency, now() + window_s * interval '1 second',
                  payment, $9, $10
           from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::bigint[], $6::text[],
                       $7::int[], $8::uuid[])
                as o(id, sale, buyer, quantity, amount, currency, window_s, payment)
           order by id
           on conflict (id) do nothing returning id`,
    values: [
      orders.map((o) => o.id),
      orders.map((o) => o.hold?.saleId ?? null),
      orders.map((o) => o.buyerId ?? null),
      orders.map((o) => o.hold?.quantity ?? null),
      orders.map((o) => o.hold?.amountMinor ?? null),
      orders.map((o) => o.hold?.currency ?? null),
      orders.map((o) => o.hold?.paymentWindowSeconds ?? null),
      orders.map((o) => o.money?.paymentId ?? null),
      to,
      reason ?? null,
    ],
  })
  return new Set(rows.map((row) => row.id))
}
