import type { SaleId } from '@flashsale/contracts/ids.ts'
import type { Db, Tx } from '@flashsale/service-kit/db.ts'
import type { LedgerHold, LedgerReturn, LedgerStock, LedgerUnit } from '../domain/stock-reading.ts'
import type { UnitRange } from '../domain/unit-ranges.ts'

/** How long after its payment window a hold may still wait for its order's end. */
export const OVERDUE_GRACE_SECONDS = 60

/** The ledger's side of a sale, all at one moment. Undefined when there is no such sale. */
export async function readLedgerStock(db: Db, saleId: SaleId): Promise<LedgerStock | undefined> {
  return db.tx((tx) => readAll(tx, saleId), { isolation: 'repeatable read', readOnly: true })
}

async function readAll(tx: Tx, saleId: SaleId): Promise<LedgerStock | undefined> {
  const { rows: sales } = await tx.query<Omit<LedgerStock, 'holds' | 'units' | 'returns'>>({
    name: 'ledger-segment',
    text: `select epoch, stock, per_buyer_limit as "perBuyerLimit",
                  settled_at is not null as settled
           from segments join sales on id = sale_id where sale_id = $1`,
    values: [saleId],
  })
  const sale = sales[0]
  if (!sale) return undefined
  const { rows: holds } = await tx.query<LedgerHold>({
    name: 'ledger-holds',
    text: `select order_id as "orderId", buyer_id as "buyerId", key, state,
                  cardinality(units) as quantity,
                  state = 'held' and held_at + (payment_window_seconds + $2) * interval '1 second'
                    < now() as overdue
           from holds join sales on id = sale_id where sale_id = $1`,
    values: [saleId, OVERDUE_GRACE_SECONDS],
  })
  const { rows: units } = await tx.query<LedgerUnit>({
    name: 'ledger-units',
    text: `select order_id as "orderId", unit, buyer_id as "buyerId", slot
           from hold_units where sale_id = $1 and live`,
    values: [saleId],
  })
  const { rows: returns } = await tx.query<LedgerReturn>({
    name: 'ledger-returns',
    text: `select order_id as "orderId", unit from returns
           where sale_id = $1 and done_at is null`,
    values: [saleId],
  })
  const { rows: withdrawn } = await tx.query<UnitRange>({
    name: 'ledger-withdrawals',
    text: `select first_unit as first, last_unit as last from withdrawals where sale_id = $1`,
    values: [saleId],
  })
  return { ...sale, holds: new Map(holds.map((h) => [h.orderId, h])), units, returns, withdrawn }
}
