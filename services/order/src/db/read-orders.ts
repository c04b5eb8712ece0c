import type { OrderId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import type { OrderRow } from './order-row.ts'

/** Whole rows, as they are now; absent ones are left out. */
export async function readOrders(tx: Tx, ids: OrderId[]): Promise<OrderRow[]> {
  const { rows } = await tx.query<OrderRow>({
    name: 'read-orders',
    text: `select id, sale_id as "saleId", buyer_id as "buyerId", quantity, currency,
                  amount_minor as "amountMinor", state, reason, pay_by as "payBy",
                  paid_at as "paidAt", created_at as "createdAt"
           from orders where id = any($1::uuid[])`,
    values: [ids],
  })
  return rows
}
