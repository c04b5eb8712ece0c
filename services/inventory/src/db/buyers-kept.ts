/** Where buyers' ids stand in the ledger, of sales that have left Redis. */
import type { Replacement } from '@flashsale/contracts/http/erasure.ts'
import { type BuyerId, ERASED, type OrderId, type SaleId } from '@flashsale/contracts/ids.ts'
import { firstOrderId } from '@flashsale/contracts/order-id.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'

const HOURS_WITHOUT_SALE = 25 // as long as a sale's keys are honoured, and then an hour

export type Kept = { orderId: OrderId; buyerId: BuyerId }
const notErased = (column: string) => `${column} not like '${ERASED}%'`

/** Of these orders, those that nothing can happen to any more. */
export async function areOver(tx: Tx, orders: { id: OrderId; saleId?: SaleId | undefined }[]) {
  const { rows } = await tx.query<{ id: OrderId }>({
    name: 'orders-that-are-over',
    text: `select o.id from unnest($1::uuid[], $2::uuid[]) as o(id, sale)
           left join holds h on h.order_id = o.id
           left join sales s on s.id = coalesce(o.sale, h.sale_id)
           where s.left_redis_at is not null or (s.id is null and o.id < $3)`,
    values: [
      orders.map(({ id }) => id),
      orders.map(({ saleId }) => saleId ?? null),
      firstOrderId(Date.now() - HOURS_WITHOUT_SALE * 3_600_000),
    ],
  })
  return rows.map(({ id }) => id)
}

/** The last order id of the next so many holds; undefined when there are fewer. */
export async function endOfPage(tx: Tx, after: OrderId, holds: number) {
  const { rows } = await tx.query<{ id: OrderId }>({
    name: 'end-of-holds-page',
    text: `select order_id as id from holds where order_id > $1
           order by order_id offset $2 limit 1`,
    values: [after, holds - 1],
  })
  return rows[0]?.id
}

/** Also of an order that ended before its hold was seen: its units name the buyer. */
const BUYER_OF_HOLD = `from holds h join sales s on s.id = h.sale_id
  left join lateral (select buyer_id from returns
                     where order_id = h.order_id and h.buyer_id is null limit 1) r on true`

type Span = { after: OrderId; upTo: OrderId | undefined }

export async function keptOfBuyers(tx: Tx, buyers: BuyerId[], { after, upTo }: Span) {
  const { rows } = await tx.query<Kept>({
    name: 'kept-of-buyers',
    text: `select h.order_id as "orderId", coalesce(h.buyer_id, r.buyer_id) as "buyerId"
           ${BUYER_OF_HOLD}
           where h.order_id > $2 and ($3::uuid is null or h.order_id <= $3)
             and coalesce(h.buyer_id, r.buyer_id) = any($1) and s.left_redis_at is not null`,
    values: [buyers, after, upTo ?? null],
  })
  return rows
}

export async function keptOfSale(tx: Tx, saleId: SaleId, limit: number) {
  const buyer = 'coalesce(h.buyer_id, r.buyer_id)'
  const { rows } = await tx.query<Kept>({
    name: 'kept-of-sale',
    text: `select h.order_id as "orderId", ${buyer} as "buyerId" ${BUYER_OF_HOLD}
           where h.sale_id = $1 and ${notErased(buyer)} limit $2`,
    values: [saleId, limit],
  })
  return rows
}

/** With the buyer goes the key. Done by the owner of the tables: 0006-erasures.sql. */
export async function replaceBuyers(tx: Tx, orders: Replacement[]): Promise<void> {
  await tx.query({
    name: 'erase-buyers',
    text: 'select erase_buyers($1::uuid[], $2::text[])',
    values: [orders.map(({ orderId }) => orderId), orders.map(({ buyerId }) => buyerId)],
  })
}

/** The next sale whose buyers were kept for so long. */
export async function readExpired(tx: Tx, daysKept: number): Promise<SaleId | undefined> {
  const { rows } = await tx.query<{ id: SaleId }>({
    name: 'read-sales-with-old-buyers',
    text: `select id from sales where left_redis_at is not null and buyers_erased_at is null
             and settled_at < now() - $1 * interval '1 day'
           order by settled_at limit 1`,
    values: [daysKept],
  })
  return rows[0]?.id
}

export async function markBuyersErased(tx: Tx, id: SaleId): Promise<void> {
  await tx.query({
    name: 'mark-buyers-erased',
    text: 'update sales set buyers_erased_at = now() where id = $1',
    values: [id],
  })
}
