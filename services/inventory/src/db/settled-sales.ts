import type { SaleId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import type { SegmentAt } from '../domain/segment.ts'

/** Segments of sales that no register knows any more (`readSales`, a day) and that Redis still has. */
export async function readLeaving(tx: Tx, limit: number): Promise<SegmentAt[]> {
  const { rows } = await tx.query<SegmentAt>({
    name: 'read-leaving-sales',
    text: `select sale_id as "saleId", segment, epoch from sales join segments on sale_id = id
           where settled_at < now() - interval '25 hours' and left_redis_at is null
           order by settled_at limit $1`,
    values: [limit],
  })
  return rows
}

export async function markLeft(tx: Tx, ids: SaleId[]): Promise<void> {
  await tx.query({
    name: 'mark-sales-left',
    text: 'update sales set left_redis_at = now() where id = any($1::uuid[])',
    values: [ids],
  })
}
