import type { NewSale } from '@flashsale/contracts/http/inventory.ts'
import type { SaleId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'

export type Phase = 'draft' | 'ready' | 'paused' | 'closed'

/** A sale with its (for now only) segment. Times in ms since 1970. */
export type SaleRow = {
  id: SaleId
  title: string
  sku: string
  priceMinor: number
  currency: string
  perBuyerLimit: number
  opensAtMs: number
  closesAtMs: number
  paymentWindowSeconds: number
  phase: Phase
  phaseVersion: number
  settled: boolean
  segment: number
  epoch: number
  stock: number
  stockVersion: number
  heldBack: string | null
}

const columns = `id, title, sku, price_minor as "priceMinor", currency,
  per_buyer_limit as "perBuyerLimit",
  (extract(epoch from opens_at) * 1000)::bigint as "opensAtMs",
  (extract(epoch from closes_at) * 1000)::bigint as "closesAtMs",
  payment_window_seconds as "paymentWindowSeconds", phase, phase_version as "phaseVersion",
  settled_at is not null as settled, segment, epoch, stock, stock_version as "stockVersion",
  held_back as "heldBack"`

export async function insertSale(tx: Tx, id: SaleId, sale: NewSale): Promise<void> {
  await tx.query(
    `insert into sales (id, title, sku, price_minor, currency, per_buyer_limit, opens_at, closes_at,
                        payment_window_seconds, admission_mode, phase)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'draft')`,
    [
      id,
      sale.title,
      sale.sku,
      sale.priceMinor,
      sale.currency,
      sale.perBuyerLimit,
      sale.opensAt,
      sale.closesAt,
      sale.paymentWindowSeconds,
      sale.admission.mode,
    ],
  )
  await tx.query('insert into segments (sale_id, segment, stock) values ($1, 0, $2)', [
    id,
    sale.stock,
  ])
}

/** Every sale that can still change, newest first, and those settled within the last day. */
export async function readSales(tx: Tx): Promise<SaleRow[]> {
  const { rows } = await tx.query<SaleRow>({
    name: 'read-sales',
    text: `select ${columns} from sales join segments on sale_id = id
           where (settled_at is null or settled_at > now() - interval '1 day')
             and (phase <> 'draft' or created_at > now() - interval '1 hour')
           order by created_at desc`,
  })
  return rows
}

export async function readSale(tx: Tx, id: SaleId): Promise<SaleRow | undefined> {
  const { rows } = await tx.query<SaleRow>({
    name: 'read-sale',
    text: `select ${columns} from sales join segments on sale_id = id where id = $1`,
    values: [id],
  })
  return rows[0]
}

/** Nobody else changes it until this transaction ends. */
export async function lockSale(tx: Tx, id: SaleId): Promise<void> {
  await tx.query({
    name: 'lock-sale',
    text: 'select from sales where id = $1 for no key update',
    values: [id],
  })
}

/** False when the sale is in none of the phases `from`. */
export async function moveSale(tx: Tx, id: SaleId, from: Phase[], to: Phase): Promise<boolean> {
  const raise = to === 'ready' && from.includes('draft') ? 0 : 1 // Redis was installed as ready
  const { rowCount } = await tx.query({
    name: 'move-sale',
    text: `update sales set phase = $3, phase_version = phase_version + $4
           where id = $1 and phase = any($2::text[])`,
    values: [id, from, to, raise],
  })
  return rowCount === 1
}

/** R19: new unit numbers and a higher stock version in one step. False when the sale can't take them. */
export async function addStock(tx: Tx, id: SaleId, units: number, stockMax: number) {
  const { rowCount } = await tx.query({
    name: 'add-stock',
    text: `update segments set stock = stock + $2, stock_version = stock_version + 1
           where sale_id = $1 and stock + $2 <= $3
             and exists (select from sales where id = $1 and phase in ('ready', 'paused'))`,
    values: [id, units, stockMax],
  })
  return rowCount === 1
}

/**
 * Sales whose time has passed: nothing can be bought, so the rest is withdrawn. By Redis' time, like
 * every other end of a sale: by this server's clock one could close while it still sells.
 */
export async function closeEnded(tx: Tx, redisTimeMs: number): Promise<SaleId[]> {
  const { rows } = await tx.query<{ id: SaleId }>({
    name: 'close-ended-sales',
    text: `update sales set phase = 'closed', phase_version = phase_version + 1
           where settled_at is null and phase in ('ready', 'paused')
             and closes_at <= to_timestamp($1 / 1000.0)
           returning id`,
    values: [redisTimeMs],
  })
  return rows.map((row) => row.id)
}

/** Marks a closed sale whose every unit is sold or withdrawn: no job has to look at it any more. */
export async function settleSale(tx: Tx, id: SaleId): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: 'settle-sale',
    text: `update sales set settled_at = now()
           where id = $1 and phase = 'closed' and settled_at is null
             and not exists (select from holds where sale_id = $1 and state = 'held')
             and not exists (select from returns where sale_id = $1 and done_at is null)
             and (select sum(stock) from segments where sale_id = $1)
                 = (select count(*) from hold_units where sale_id = $1 and live)
                 + (select coalesce(sum(last_unit - first_unit + 1), 0) from withdrawals
                    where sale_id = $1)`,
    values: [id],
  })
  return rowCount === 1
}
