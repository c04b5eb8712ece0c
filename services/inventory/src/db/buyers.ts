import type { BuyerId, OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'

type Page = { saleId: SaleId; after: OrderId; limit: number }
type Row = { orderId: OrderId; buyerId: BuyerId | null; isOfSale: boolean }

/**
 * Buyers of every order of a sale, ended and refused ones too, by rising order id. A page is so many
 * orders of any sale, and few of them may be of this one: read by the ids, which rise with time, it
 * needs no index that each hold would have to pay for.
 */
export async function readBuyers(tx: Tx, { saleId, after, limit }: Page) {
  const { rows } = await tx.query<Row>({
    name: 'read-buyers',
    text: `select h.order_id as "orderId", coalesce(h.buyer_id, r.buyer_id) as "buyerId",
                  h.sale_id = $1 as "isOfSale"
           from (select order_id, sale_id, buyer_id from holds
                 where order_id > $2 order by order_id limit $3) h
           left join lateral -- an order that ended before its hold was seen: its units name the buyer
                (select buyer_id from returns
                 where order_id = h.order_id and h.buyer_id is null limit 1) r on true
           order by h.order_id`,
    values: [saleId, after, limit],
  })
  const buyers = rows.flatMap(({ buyerId, isOfSale }) => (isOfSale && buyerId ? [buyerId] : []))
  return { buyers, last: rows.length < limit ? undefined : rows.at(-1)?.orderId }
}
