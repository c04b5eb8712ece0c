import type { CancelReason } from '@flashsale/contracts/events/order-cancelled.ts'
import type { OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import { movesAsJson, type OrderInput, type OrderState } from '../domain/order-state.ts'
import type { Incoming } from './incoming.ts'

export type Moved = {
  id: OrderId
  from: OrderState
  input: OrderInput
  reason: CancelReason | null
  saleId: SaleId | null
}

/**
 * Moves each order as the state table says; only those that moved come back. The rows must be locked
 * before, by a statement of its own: an update that waits for a row judges it by what it was before.
 */
export async function moveOrders(tx: Tx, input: OrderInput, orders: Incoming[]): Promise<Moved[]> {
  const { rows } = await tx.query<Moved>({
    name: 'move-orders',
    text: `with judged as (
             select o.id, o.state, i.payment, i.captured_at,
                    case when $5::text = 'captured'
                          and (i.amount, i.currency) is distinct from (o.amount_minor, o.currency)
                         then 'captured wrong amount' else $5::text end as input
             from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $7::timestamptz[])
                  as i(id, payment, amount, currency, captured_at)
             join orders o using (id)
           )
           update orders o
           set state = $6::jsonb -> j.state -> j.input ->> 'to',
               reason = coalesce(o.reason, $6::jsonb -> j.state -> j.input ->> 'reason'),
               payment_id = coalesce(o.payment_id, j.payment),
               paid_at = case $6::jsonb -> j.state -> j.input ->> 'to'
                         when 'paid' then coalesce(j.captured_at, now()) else o.paid_at end,
               changed_at = now()
           from judged j
           where o.id = j.id and $6::jsonb -> j.state ? j.input
           returning o.id, j.state as "from", j.input, o.reason, o.sale_id as "saleId"`,
    values: [
      orders.map((o) => o.id),
      orders.map((o) => o.money?.paymentId ?? null),
      orders.map((o) => o.money?.amountMinor ?? null),
      orders.map((o) => o.money?.currency ?? null),
      input,
      movesAsJson,
      orders.map((o) => o.money?.capturedAt ?? null),
    ],
  })
  return rows
}
