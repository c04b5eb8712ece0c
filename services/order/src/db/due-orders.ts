import type { OrderId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'

/** Locks the orders longest unpaid; those another sweeper or a payment holds are left to it. */
export async function lockDueOrders(tx: Tx, limit: number): Promise<OrderId[]> {
  const { rows } = await tx.query<{ id: OrderId }>({
    name: 'lock-due-orders',
    text: `select id from orders where state = 'pending-payment' and pay_by < now()
           order by pay_by limit $1 for update skip locked`,
    values: [limit],
  })
  return rows.map(({ id }) => id)
}
