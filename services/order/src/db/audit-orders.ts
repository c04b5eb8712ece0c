import type { AuditedOrder } from '@flashsale/contracts/http/order.ts'
import type { OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import { lowestIdOf } from '../domain/order-id-time.ts'

const UNPAID_GRACE_SECONDS = 30
const CANCEL_WANTED_GRACE_MS = 60_000 // after the attempt's deadline, with which its id begins

type Page = { saleId: SaleId; after?: OrderId | undefined; limit: number }

/**
 * The orders of a sale in the order of ids. Overdue: well past its time, and nobody has ended it. A wish to
 * cancel that is overdue has no sale yet, and stands in the books of every one.
 */
export async function auditOrders(tx: Tx, { saleId, after, limit }: Page) {
  const { rows } = await tx.query<AuditedOrder>({
    name: 'audit-orders',
    text: `select id, buyer_id as "buyerId", state, reason, quantity, amount_minor as "amountMinor",
                  (state = 'pending-payment' and pay_by < now() - $4 * interval '1 second')
                  or (state = 'cancel-wanted' and id < $5::uuid) as overdue
           from orders
           where (sale_id = $1 or sale_id is null and state = 'cancel-wanted' and id < $5::uuid)
             and id > $2::uuid
           order by id limit $3`,
    values: [
      saleId,
      after ?? lowestIdOf(0),
      limit,
      UNPAID_GRACE_SECONDS,
      lowestIdOf(Date.now() - CANCEL_WANTED_GRACE_MS),
    ],
  })
  const last = rows.at(-1)
  return rows.length === limit && last ? { orders: rows, next: last.id } : { orders: rows }
}
