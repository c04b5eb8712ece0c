import type { OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import type { Segment } from '../domain/segment.ts'
import type { HoldEntry } from '../domain/stock-entry.ts'

/**
 * Ends the holds of cancelled orders and writes the returns that Redis is owed, in one commit: only
 * what was live changes, so a second copy of the event returns nothing (R6).
 */
export async function releaseHolds(tx: Tx, orderIds: OrderId[]): Promise<number> {
  const { rows } = await tx.query<{ order_id: OrderId }>({
    name: 'release-holds',
    text: `update holds set state = 'released', ended_at = now()
           where order_id = any($1::uuid[]) and state in ('held', 'sold') returning order_id`,
    values: [orderIds],
  })
  const released = rows.map((row) => row.order_id)
  await tx.query({
    name: 'return-released-units',
    text: `with ended as (
             update hold_units set live = false where order_id = any($1::uuid[]) and live
             returning order_id, unit, sale_id, segment, buyer_id, slot)
           insert into returns (order_id, unit, sale_id, segment, buyer_id, slot)
           select order_id, unit, sale_id, segment, buyer_id, slot from ended
           on conflict (order_id, unit) do update set done_at = null`,
    values: [released],
  })
  return released.length
}

/** Returns of units that Redis gave to orders whom the ledger refused them (R5d). */
export async function returnRefused(tx: Tx, segment: Segment, entries: HoldEntry[]) {
  const lines = entries.flatMap(({ orderId, buyerId, held }) =>
    held.map(({ unit, slot }) => ({ orderId, buyerId, unit, slot })),
  )
  await tx.query({
    name: 'return-refused-units',
    text: `insert into returns (order_id, unit, sale_id, segment, buyer_id, slot)
           select o, unit, $1, $2, buyer, slot
           from unnest($3::uuid[], $4::int[], $5::text[], $6::int[]) as r(o, unit, buyer, slot)
           where not exists (select from hold_units h
                             where h.order_id = r.o and h.unit = r.unit and h.live)
           on conflict do nothing`,
    values: [
      segment.saleId,
      segment.segment,
      lines.map((l) => l.orderId),
      lines.map((l) => l.unit),
      lines.map((l) => l.buyerId),
      lines.map((l) => l.slot),
    ],
  })
}

/** An order that ended before its hold was seen: a refusal row bars the hold that may still come. */
export async function barHolds(tx: Tx, orders: { orderId: OrderId; saleId: SaleId }[]) {
  await tx.query({
    name: 'bar-holds',
    text: `insert into holds (order_id, sale_id, segment, units, epoch, state, cause, held_at, ended_at)
           select o, sale, 0, '{}', 0, 'refused', 'order-ended', now(), now()
           from unnest($1::uuid[], $2::uuid[]) as b(o, sale)
           where exists (select from sales where id = sale)
           on conflict (order_id) do nothing`,
    values: [orders.map((o) => o.orderId), orders.map((o) => o.saleId)],
  })
}

export type OpenReturn = {
  orderId: OrderId
  buyerId: string
  saleId: SaleId
  segment: number
  epoch: number // of the ledger, read together with the row (R7)
  held: { unit: number; slot: number }[]
}

/** The oldest returns that Redis has still to be given, one an order; those of `notOf` wait. */
export async function readOpenReturns(
  tx: Tx,
  limit: number,
  notOf: SaleId[],
): Promise<OpenReturn[]> {
  const { rows } = await tx.query<OpenReturn>({
    name: 'read-open-returns',
    text: `select order_id as "orderId", buyer_id as "buyerId", r.sale_id as "saleId", segment, epoch,
                  json_agg(json_build_object('unit', unit, 'slot', slot)) as held
           from (select r.*, epoch from returns r join segments s using (sale_id, segment)
                 where done_at is null and held_back is null and sale_id <> all ($2::uuid[])
                 order by r.created_at limit $1) r
           group by order_id, buyer_id, r.sale_id, segment, epoch`,
    values: [limit, notOf],
  })
  return rows
}

/** After return-units.lua has run for them; the last of the three steps of R6. */
export async function markReturned(tx: Tx, returns: OpenReturn[]) {
  const lines = returns.flatMap(({ orderId, held }) => held.map(({ unit }) => ({ orderId, unit })))
  await tx.query({
    name: 'mark-returned',
    text: `update returns set done_at = now()
           from unnest($1::uuid[], $2::int[]) as d(o, u)
           where order_id = d.o and unit = d.u and done_at is null`,
    values: [lines.map((l) => l.orderId), lines.map((l) => l.unit)],
  })
}
