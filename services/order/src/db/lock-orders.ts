import type { OrderId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'

/** Waits for whoever holds these rows, always in the order of ids. What is read later is the newest. */
export async function lockOrders(tx: Tx, ids: OrderId[]): Promise<void> {
  await tx.query({
    name: 'lock-orders',
    text: 'select from orders where id = any($1::uuid[]) order by id for update',
    values: [ids],
  })
}
