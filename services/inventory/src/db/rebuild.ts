/** The ledger's side of a rebuild (R3): the fence is raised first, and read behind it. */
import type { Db, Tx } from '@flashsale/service-kit/db.ts'
import type { Segment, SegmentHead } from '../domain/segment.ts'
import type { UnitRange } from '../domain/unit-ranges.ts'
import type { StagedOrder, StagedUnit } from '../redis/staged-keys.ts'
import { LEDGER_BEHIND, lineUp } from './segments.ts'

const ROWS_A_FETCH = 5_000 // about 1.5 MB

type LedgerEpoch = { epoch: number; heldBack: string | null; settled: boolean }

export async function readEpoch(tx: Tx, { saleId, segment }: Segment) {
  const { rows } = await tx.query<LedgerEpoch>({
    name: 'read-epoch',
    text: `select epoch, held_back as "heldBack", settled_at is not null as settled
           from segments join sales on id = sale_id where sale_id = $1 and segment = $2`,
    values: [saleId, segment],
  })
  return rows[0]
}

/**
 * Waits for every writer inside its fence and refuses all who come after it with an older entry (R2).
 * Undefined when the ledger is at another epoch than `from` by now, or is held for a person.
 */
export async function raiseEpoch(db: Db, { saleId, segment }: Segment, from: number) {
  return await db.tx(async (tx) => {
    await lineUp(tx, { saleId, segment }, 'update')
    const { rows } = await tx.query<{ epoch: number }>({
      name: 'raise-epoch',
      text: `update segments set epoch = epoch + 1, held_back = null
             where sale_id = $1 and segment = $2 and epoch = $3
               and held_back is distinct from $4 returning epoch`,
      values: [saleId, segment, from, LEDGER_BEHIND],
    })
    return rows[0]?.epoch
  })
}

export type SnapshotHead = SegmentHead & { withdrawn: UnitRange[] }
export type Reader = {
  /** Comes again, before all else, when the reading begins anew. */
  head(head: SnapshotHead): Promise<void>
  /** By rising unit number. */
  units(rows: StagedUnit[]): Promise<void>
  /** Refused ones first: where one of them shares a key with another order, the other counts. */
  orders(rows: StagedOrder[]): Promise<void>
}

/** One moment of the ledger, read in chunks: a sale can have 10,000,000 units. */
export async function readSnapshot(db: Db, segment: Segment, reader: Reader): Promise<void> {
  const options = { isolation: 'repeatable read', readOnly: true } as const
  await db.tx(async (tx) => {
    await reader.head(await readHead(tx, segment))
    await eachChunk<StagedUnit>(tx, UNITS, segment, reader.units)
    await eachChunk<StagedOrder>(tx, `${ORDERS} and state = 'refused'`, segment, reader.orders)
    await eachChunk<StagedOrder>(tx, `${ORDERS} and state <> 'refused'`, segment, reader.orders)
  }, options)
}

async function readHead(tx: Tx, { saleId, segment }: Segment): Promise<SnapshotHead> {
  const { rows } = await tx.query<SnapshotHead>({
    name: 'snapshot-head',
    text: `select stock, stock_version as "stockVersion", phase, phase_version as "phaseVersion",
             (extract(epoch from opens_at) * 1000)::bigint as "opensAtMs",
             (extract(epoch from closes_at) * 1000)::bigint as "closesAtMs",
             per_buyer_limit as "perBuyerLimit",
             greatest((select coalesce(max(unit), 0) from hold_units h
                       where h.live and h.sale_id = $1 and h.segment = $2),
                      (select coalesce(max(last_unit), 0) from withdrawals w
                       where w.sale_id = $1 and w.segment = $2)) as last,
             (select coalesce(json_agg(json_build_object('first', first_unit, 'last', last_unit)
                                       order by first_unit), '[]')
              from withdrawals w where w.sale_id = $1 and w.segment = $2) as withdrawn
           from segments join sales on id = sale_id where sale_id = $1 and segment = $2`,
    values: [saleId, segment],
  })
  return rows[0] as SnapshotHead
}

const UNITS = `select unit, order_id as "orderId", buyer_id as "buyerId", slot from hold_units
  where live and sale_id = $1 and segment = $2 order by unit`

const ORDERS = `select order_id as "orderId", buyer_id as "buyerId", key, fingerprint,
    cardinality(units) as quantity
  from holds where sale_id = $1 and segment = $2 and buyer_id is not null`

async function eachChunk<Row extends object>(
  tx: Tx,
  query: string,
  { saleId, segment }: Segment,
  take: (rows: Row[]) => Promise<void>,
) {
  const { rows: few } = await tx.query<Row>(`${query} limit ${ROWS_A_FETCH}`, [saleId, segment])
  if (few.length < ROWS_A_FETCH) return few.length > 0 ? await take(few) : undefined
  await tx.query(`declare chunks no scroll cursor for ${query}`, [saleId, segment])
  const fetch = () => tx.query<Row>(`fetch ${ROWS_A_FETCH} from chunks`)
  let { rows } = await fetch()
  while (rows.length > 0) {
    const next = fetch() // while Redis is given what is there
    next.catch(() => {}) // seen after it
    await take(rows)
    rows = (await next).rows
  }
  await tx.query('close chunks')
}
