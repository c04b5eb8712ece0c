import type { OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import type { SegmentAt } from '../domain/segment.ts'

const CLOCK_SLACK = `interval '1 minute'`

export type HoldRow = {
  saleId: SaleId
  state: 'held' | 'sold' | 'released' | 'refused'
  quantity: number // 0 only where an order ended before its hold was seen
  amountMinor: number
}

export async function readHold(tx: Tx, orderId: OrderId): Promise<HoldRow | undefined> {
  const { rows } = await tx.query<HoldRow>({
    name: 'read-hold',
    text: `select sale_id as "saleId", state, cardinality(units) as quantity,
                  cardinality(units) * price_minor as "amountMinor"
           from holds join sales on sales.id = sale_id where order_id = $1`,
    values: [orderId],
  })
  return rows[0]
}

/**
 * Segments of every sale that was open when the id was made: the hold can be in any of them (R9). A
 * settled sale has every unit sold or withdrawn, and all of its holds in the ledger.
 */
export async function readSegmentsOpenAt(tx: Tx, atMs: number): Promise<SegmentAt[]> {
  const { rows } = await tx.query<SegmentAt>({
    name: 'read-segments-open-at',
    text: `select sale_id as "saleId", segment, epoch from segments join sales on id = sale_id
           where phase <> 'draft' and settled_at is null
             and opens_at <= to_timestamp($1 / 1000.0) + ${CLOCK_SLACK}
             and closes_at >= to_timestamp($1 / 1000.0) - ${CLOCK_SLACK}`,
    values: [atMs],
  })
  return rows
}

/** R9: the hold's row and whether all these epochs still stand, in one statement. */
export async function readHoldAndEpochs(tx: Tx, orderId: OrderId, segments: SegmentAt[]) {
  const { rows } = await tx.query<{ found: boolean; same: boolean }>({
    name: 'read-hold-and-epochs',
    text: `select exists (select from holds where order_id = $1) as found,
                  not exists (
                    select from unnest($2::uuid[], $3::int[], $4::bigint[]) as a(sale, seg, e)
                    left join segments s on s.sale_id = sale and s.segment = seg
                    where s.epoch is distinct from e) as same`,
    values: [
      orderId,
      segments.map((s) => s.saleId),
      segments.map((s) => s.segment),
      segments.map((s) => s.epoch),
    ],
  })
  return rows[0] ?? { found: false, same: false }
}
