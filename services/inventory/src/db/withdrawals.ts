import type { Tx } from '@flashsale/service-kit/db.ts'
import type { Segment } from '../domain/segment.ts'
import { type WithdrawalEntry, writtenAtMs } from '../domain/stock-entry.ts'

// Ranges on record are disjoint: only the nearest one that begins before a unit can have it in it.

/** Units of these that are withdrawn already: nobody can hold them. */
export async function findWithdrawn(tx: Tx, segment: Segment, units: number[]) {
  const { rows } = await tx.query<{ unit: number }>({
    name: 'find-withdrawn',
    text: `select unit from unnest($3::int[]) as u(unit)
           where (select last_unit >= unit from withdrawals
                  where sale_id = $1 and segment = $2 and first_unit <= unit
                  order by first_unit desc limit 1)`,
    values: [segment.saleId, segment.segment, units],
  })
  return new Set(rows.map((row) => row.unit))
}

/** True when a unit of the entry is live, or withdrawn by another operation. */
export async function isBarred(tx: Tx, segment: Segment, entry: WithdrawalEntry): Promise<boolean> {
  const { rows } = await tx.query<{ barred: boolean }>({
    name: 'is-withdrawal-barred',
    text: `select bool_or(
             exists (select from hold_units h where h.live and h.sale_id = $1
                     and h.unit between r.first and r.last)
             or coalesce((select w.last_unit >= r.first
                            and (w.operation, w.first_unit, w.last_unit) <> ($3, r.first, r.last)
                          from withdrawals w where w.sale_id = $1 and w.segment = $2
                            and w.first_unit <= r.last
                          order by w.first_unit desc limit 1), false)
           ) as barred
           from unnest($4::int[], $5::int[]) as r(first, last)`,
    values: [segment.saleId, segment.segment, entry.operation, ...bounds(entry)],
  })
  return rows[0]?.barred ?? false
}

export async function insertWithdrawal(tx: Tx, segment: Segment, entry: WithdrawalEntry) {
  await tx.query({
    name: 'insert-withdrawal',
    text: `insert into withdrawals (sale_id, segment, first_unit, last_unit, operation, at)
           select $1, $2, first, last, $3, to_timestamp($6 / 1000.0)
           from unnest($4::int[], $5::int[]) as r(first, last)
           on conflict do nothing`,
    values: [
      segment.saleId,
      segment.segment,
      entry.operation,
      ...bounds(entry),
      writtenAtMs(entry.id),
    ],
  })
}

/** Units that one operation has withdrawn on record. */
export async function countWithdrawn(tx: Tx, operation: string): Promise<number> {
  const { rows } = await tx.query<{ units: number }>({
    name: 'count-withdrawn',
    text: `select coalesce(sum(last_unit - first_unit + 1), 0)::bigint as units
           from withdrawals where operation = $1`,
    values: [operation],
  })
  return rows[0]?.units ?? 0
}

const bounds = ({ ranges }: WithdrawalEntry) => [
  ranges.map(({ first }) => first),
  ranges.map(({ last }) => last),
]
