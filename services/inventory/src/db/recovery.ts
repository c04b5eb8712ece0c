/** What a recovery alone writes: rows as others have acted on them (R18). */
import type { OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import type { Segment } from '../domain/segment.ts'
import { type HoldEntry, writtenAtMs } from '../domain/stock-entry.ts'
import type { RefusalCause } from './holds.ts'
import { LEDGER_BEHIND } from './segments.ts'

/** What another memory says of a segment; each is taken over only where it is ahead. */
export type Ahead = { epoch: number; stock: number; stockVersion: number }

/** Holds the segment for a person until the recovery is through; false when there is none. */
export async function takeOverSegment(tx: Tx, { saleId, segment }: Segment, ahead: Ahead) {
  const { rows } = await tx.query<{ restocked: number; raised: number }>({
    name: 'take-over-segment',
    text: `update segments s
           set epoch = greatest(s.epoch, $3), held_back = $6,
               stock = case when $5 > s.stock_version then $4 else s.stock end,
               stock_version = greatest(s.stock_version, $5)
           from segments old
           where s.sale_id = $1 and s.segment = $2
             and old.sale_id = s.sale_id and old.segment = s.segment
           returning s.stock - old.stock as restocked, s.epoch - old.epoch as raised`,
    values: [saleId, segment, ahead.epoch, ahead.stock, ahead.stockVersion, LEDGER_BEHIND],
  })
  return rows[0]
}

/** True when the ledger's phase was an older one. */
export async function takeOverPhase(tx: Tx, saleId: SaleId, phase: string, version: number) {
  const { rowCount } = await tx.query({
    name: 'take-over-phase',
    text: `update sales set phase = $2, phase_version = $3
           where id = $1 and (phase_version < $3 or phase = 'draft')`,
    values: [saleId, phase, version],
  })
  return rowCount === 1
}

/** The epoch and the highest unit that events tell of. */
export async function raiseSegment(tx: Tx, saleId: SaleId, epoch: number, highestUnit: number) {
  const { rows } = await tx.query<{ unknown_units: number }>({
    name: 'raise-segment',
    text: `update segments s
           set epoch = greatest(s.epoch, $2), stock = greatest(s.stock, $3),
               stock_version = s.stock_version + case when $3 > s.stock then 1 else 0 end
           from segments old where s.sale_id = $1 and old.sale_id = s.sale_id
             and old.segment = s.segment and (s.epoch < $2 or s.stock < $3)
           returning s.stock - old.stock as unknown_units`,
    values: [saleId, epoch, highestUnit],
  })
  return rows[0]?.unknown_units ?? 0
}

export type Restored = {
  entry: HoldEntry
  state: 'held' | 'sold' | 'released' | 'refused'
  cause?: RefusalCause
}

/** Ids of the holds that were not there; their units are written by `insertUnits` or `insertEnded`. */
export async function insertRestored(tx: Tx, segment: Segment, restored: Restored[]) {
  const entries = restored.map(({ entry }) => entry)
  const { rows } = await tx.query<{ order_id: OrderId }>({
    name: 'insert-restored-holds',
    text: `insert into holds (order_id, sale_id, segment, buyer_id, key, fingerprint, units, epoch,
                              state, cause, held_at, ended_at)
           select o, $1, $2, buyer, nullif(key, ''), fingerprint, units::int[], epoch, state, cause,
                  to_timestamp(ms / 1000.0), case when state <> 'held' then now() end
           from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
                       $9::text[], $10::text[], $11::bigint[])
                as h(o, buyer, key, fingerprint, units, epoch, state, cause, ms)
           on conflict (order_id) do nothing returning order_id`,
    values: [
      segment.saleId,
      segment.segment,
      entries.map((entry) => entry.orderId),
      entries.map((entry) => entry.buyerId),
      entries.map((entry) => entry.key),
      entries.map((entry) => entry.fingerprint),
      entries.map((entry) => `{${entry.held.map(({ unit }) => unit).join(',')}}`),
      entries.map((entry) => entry.epoch),
      restored.map(({ state }) => state),
      restored.map(({ cause }) => cause ?? null),
      entries.map((entry) => writtenAtMs(entry.id)),
    ],
  })
  return new Set(rows.map((row) => row.order_id))
}

/** The units of holds that are over: for the story alone, they are free. */
export async function insertEndedUnits(tx: Tx, segment: Segment, entries: HoldEntry[]) {
  const lines = entries.flatMap(({ orderId, buyerId, held }) =>
    held.map((one, i) => ({ orderId, buyerId, line: i + 1, ...one })),
  )
  await tx.query({
    name: 'insert-ended-units',
    text: `insert into hold_units (order_id, line, sale_id, segment, unit, buyer_id, slot, live)
           select o, line, $1, $2, unit, buyer, slot, false
           from unnest($3::uuid[], $4::int[], $5::int[], $6::text[], $7::int[])
                as u(o, line, unit, buyer, slot)
           on conflict do nothing`,
    values: [
      segment.saleId,
      segment.segment,
      lines.map((l) => l.orderId),
      lines.map((l) => l.line),
      lines.map((l) => l.unit),
      lines.map((l) => l.buyerId),
      lines.map((l) => l.slot),
    ],
  })
}

/** Of the same transaction: these can't be put back, a person has to look. */
export async function removeRestored(tx: Tx, orderIds: OrderId[]) {
  await tx.query('delete from hold_units where order_id = any($1::uuid[])', [orderIds])
  await tx.query('delete from holds where order_id = any($1::uuid[])', [orderIds])
}

/** Keys that only Redis remembers, for rows that were won back without theirs (R8). */
export async function setKeys(tx: Tx, rows: { orderId: string; key: string; print: string }[]) {
  const { rowCount } = await tx.query({
    name: 'set-recovered-keys',
    text: `update holds h set key = k.key, fingerprint = k.print
           from unnest($1::uuid[], $2::text[], $3::text[]) as k(o, key, print)
           where h.order_id = k.o and h.key is null and h.buyer_id is not null`,
    values: [rows.map((r) => r.orderId), rows.map((r) => r.key), rows.map((r) => r.print)],
  })
  return rowCount ?? 0
}

/**
 * The time for which everything stood still is not the buyers': order gives each at least this long to
 * pay, and no hold is overdue before its grace after that is over. Their order stays as it was.
 */
const TIME_TO_PAY_SECONDS = 60

export async function giveTime(tx: Tx) {
  await tx.query(
    `update holds h
     set held_at = greatest(h.held_at, now() + n * interval '1 microsecond'
                              + ($1 - payment_window_seconds) * interval '1 second')
     from (select order_id, row_number() over (order by held_at) as n
           from holds where state = 'held') as old, sales
     where h.order_id = old.order_id and sales.id = h.sale_id`,
    [TIME_TO_PAY_SECONDS],
  )
}

/** The last step: from here on nothing is left that only a person may do, and Redis is filled anew. */
export async function askForRebuilds(tx: Tx) {
  await tx.query(
    `update segments set held_back = 'recovered' from sales
     where id = sale_id and settled_at is null and phase <> 'draft' and held_back = $1`,
    [LEDGER_BEHIND],
  )
}
