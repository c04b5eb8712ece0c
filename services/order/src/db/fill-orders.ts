import type { Tx } from '@flashsale/service-kit/db.ts'
import type { Incoming } from './incoming.ts'

/** Writes what a hold says into rows that came before it; rows that know it are left as they are. */
export async function fillOrders(tx: Tx, orders: Incoming[]): Promise<void> {
  await tx.query({
    name: 'fill-orders',
    text: `update orders o
           set sale_id = f.sale, buyer_id = coalesce(o.buyer_id, f.buyer), quantity = f.quantity,
               amount_minor = f.amount, currency = f.currency, changed_at = now()
           from unnest($1::uuid[], $2::text[], $3::uuid[], $4::int[], $5::bigint[], $6::text[])
                as f(id, buyer, sale, quantity, amount, currency)
           where o.id = f.id and o.sale_id is null and f.sale is not null`,
    values: [
      orders.map((o) => o.id),
      orders.map((o) => o.buyerId ?? null),
      orders.map((o) => o.hold?.saleId ?? null),
      orders.map((o) => o.hold?.quantity ?? null),
      orders.map((o) => o.hold?.amountMinor ?? null),
      orders.map((o) => o.hold?.currency ?? null),
    ],
  })
}
