import type { OrderId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'

type Range = { after: OrderId; below: OrderId; limit: number }

/** Ids begin with the attempt's deadline: `below` is a time. */
export async function cancelWantedOrders(tx: Tx, { after, below, limit }: Range) {
  const { rows } = await tx.query<{ id: OrderId }>({
    name: 'cancel-wanted-orders',
    text: `select id from orders where state = 'cancel-wanted' and id > $1 and id < $2
           order by id limit $3`,
    values: [after, below, limit],
  })
  return rows.map(({ id }) => id)
}
