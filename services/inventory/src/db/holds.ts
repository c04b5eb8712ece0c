import type { OrderId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import type { Segment } from '../domain/segment.ts'
import { type HoldEntry, writtenAtMs } from '../domain/stock-entry.ts'

export type RefusalCause = 'old-epoch' | 'unit-taken' | 'slot-taken' | 'order-ended'
export type NewHold = { entry: HoldEntry; refused?: RefusalCause }

/** Ids of the orders that are new; for the others, see `readKnown`. */
export async function insertHolds(tx: Tx, segment: Segment, holds: NewHold[]) {
  if (holds.length === 0) return new Set<OrderId>()
  const entries = holds.map(({ entry }) => entry)
  const { rows } = await tx.query<{ order_id: OrderId }>({
    name: 'insert-holds',
    text: `insert into holds (order_id, sale_id, segment, buyer_id, key, fingerprint, units, epoch,
                              state, cause, held_at, ended_at)
           select o, $1, $2, buyer, nullif(key, ''), fingerprint, units::int[], epoch,
                  case when cause is null then 'held' else 'refused' end, cause,
                  to_timestamp(ms / 1000.0), case when cause is not null then now() end
           from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
                       $9::text[], $10::bigint[])
                as h(o, buyer, key, fingerprint, units, epoch, cause, ms)
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
      holds.map(({ refused }) => refused ?? null),
      entries.map((entry) => writtenAtMs(entry.id)),
    ],
  })
  return new Set(rows.map((row) => row.order_id))
}

/**
 * How many units of each order went in. A unit or slot that is live already is passed over: the
 * caller refuses the whole order then (R13). Sorted by unit, so that two writers don't deadlock (R5e).
 */
export async function insertUnits(tx: Tx, segment: Segment, entries: HoldEntry[]) {
  const counts = new Map<OrderId, number>()
  if (entries.length === 0) return counts
  const lines = unitLines(entries)
  const { rows } = await tx.query<{ order_id: OrderId; count: number }>({
    name: 'insert-units',
    text: `with inserted as (
             insert into hold_units (order_id, line, sale_id, segment, unit, buyer_id, slot)
             select o, line, $1, $2, unit, buyer, slot
             from unnest($3::uuid[], $4::int[], $5::int[], $6::text[], $7::int[])
                  as u(o, line, unit, buyer, slot)
             order by unit
             on conflict do nothing returning order_id)
           select order_id, count(*) as count from inserted group by order_id`,
    values: [segment.saleId, segment.segment, ...columnsOf(lines)],
  })
  for (const row of rows) counts.set(row.order_id, row.count)
  return counts
}

export type Obstacle = { orderId: OrderId; unitTaken: boolean; slotTaken: boolean }

/** What stood in the way of each order's units: another order's live unit, or a live slot. */
export async function findObstacles(tx: Tx, segment: Segment, entries: HoldEntry[]) {
  const { rows } = await tx.query<{ order_id: OrderId; unit: boolean; slot: boolean }>({
    name: 'find-obstacles',
    text: `select o as order_id,
             bool_or(exists (select from hold_units h where h.live and h.sale_id = $1
                             and h.unit = u.unit and h.order_id <> u.o)) as unit,
             bool_or(exists (select from hold_units h where h.live and h.sale_id = $1
                             and h.buyer_id = u.buyer and h.slot = u.slot
                             and h.order_id <> u.o)) as slot
           from unnest($2::uuid[], $3::int[], $4::int[], $5::text[], $6::int[])
                as u(o, line, unit, buyer, slot)
           group by o`,
    values: [segment.saleId, ...columnsOf(unitLines(entries))],
  })
  return rows.map((row): Obstacle => {
    return { orderId: row.order_id, unitTaken: row.unit, slotTaken: row.slot }
  })
}

/** Turns holds written a moment ago in this transaction into refusals, without any unit (R13). */
export async function refuseHolds(tx: Tx, refusals: Map<OrderId, RefusalCause>) {
  const ids = [...refusals.keys()]
  await tx.query({
    name: 'remove-units',
    text: 'delete from hold_units where order_id = any($1::uuid[])',
    values: [ids],
  })
  await tx.query({
    name: 'refuse-holds',
    text: `update holds set state = 'refused', cause = r.cause, ended_at = now()
           from unnest($1::uuid[], $2::text[]) as r(o, cause) where order_id = r.o`,
    values: [ids, [...refusals.values()]],
  })
}

export type KnownHold = {
  orderId: OrderId
  buyerId: string | null
  units: number[]
  epoch: number
}

/** The rows of orders that were there before. */
export async function readKnown(tx: Tx, orderIds: OrderId[]): Promise<Map<OrderId, KnownHold>> {
  if (orderIds.length === 0) return new Map()
  const { rows } = await tx.query<KnownHold>({
    name: 'read-known-holds',
    text: `select order_id as "orderId", buyer_id as "buyerId", units, epoch
           from holds where order_id = any($1::uuid[])`,
    values: [orderIds],
  })
  return new Map(rows.map((row) => [row.orderId, row]))
}

/** held → sold; ids of those that were. */
export async function markSold(tx: Tx, orderIds: OrderId[]): Promise<Set<OrderId>> {
  const { rows } = await tx.query<{ order_id: OrderId }>({
    name: 'mark-sold',
    text: `update holds set state = 'sold', ended_at = now()
           where order_id = any($1::uuid[]) and state = 'held' returning order_id`,
    values: [orderIds],
  })
  return new Set(rows.map((row) => row.order_id))
}

/** State of each order's hold; orders without one are absent. */
export async function readStates(tx: Tx, orderIds: OrderId[]): Promise<Map<OrderId, string>> {
  const { rows } = await tx.query<{ order_id: OrderId; state: string }>({
    name: 'read-hold-states',
    text: 'select order_id, state from holds where order_id = any($1::uuid[])',
    values: [orderIds],
  })
  return new Map(rows.map((row) => [row.order_id, row.state]))
}

type UnitLine = { orderId: OrderId; line: number; unit: number; buyerId: string; slot: number }

function unitLines(entries: HoldEntry[]): UnitLine[] {
  return entries.flatMap(({ orderId, buyerId, held }) =>
    held.map(({ unit, slot }, i) => ({ orderId, line: i + 1, unit, buyerId, slot })),
  )
}

const columnsOf = (lines: UnitLine[]) => [
  lines.map((l) => l.orderId),
  lines.map((l) => l.line),
  lines.map((l) => l.unit),
  lines.map((l) => l.buyerId),
  lines.map((l) => l.slot),
]
