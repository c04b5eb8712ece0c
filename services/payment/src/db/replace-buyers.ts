import type { Replacement } from '@flashsale/contracts/http/erasure.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'

/** How many payments of these orders had another buyer until now. */
export async function replaceBuyers(tx: Tx, orders: Replacement[]): Promise<number> {
  const { rows } = await tx.query<{ changed: number }>({
    name: 'erase-buyers',
    text: 'select erase_buyers($1::uuid[], $2::text[]) as changed',
    values: [orders.map(({ orderId }) => orderId), orders.map(({ buyerId }) => buyerId)],
  })
  return rows[0]?.changed ?? 0
}
