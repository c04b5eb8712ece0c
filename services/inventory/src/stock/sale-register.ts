import type { SaleId } from '@flashsale/contracts/ids.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { readSale, readSales, type SaleRow } from '../db/sales.ts'
import type { SegmentAt } from '../domain/segment.ts'

/** How old the rows may be before they are read again, when nothing said that they changed. */
export const REGISTER_AGE_MS_MAX = 500

/**
 * The sales in memory: what the hot path needs to know without the ledger. It goes on with what it
 * has while Postgres is away.
 */
export function createSaleRegister(db: Db) {
  let sales = new Map<SaleId, SaleRow>()
  const forgotten = new Set<SaleId>()
  let reading: Promise<void> | undefined

  const refresh = () => {
    reading ??= readSales(db)
      .then((rows) => {
        sales = new Map(rows.map((row) => [row.id, row]))
      })
      .finally(() => {
        reading = undefined
      })
    return reading
  }

  return {
    refresh,
    get: (id: SaleId) => sales.get(id),
    /** As `get`, but asks the ledger for a sale that is not in memory. */
    async find(id: SaleId): Promise<SaleRow | undefined> {
      return sales.get(id) ?? (await readSale(db, id))
    },
    all: () => [...sales.values()],
    /** Those whose stock can still move. */
    active: () => [...sales.values()].filter((sale) => !sale.settled && sale.phase !== 'draft'),

    /** R1: Redis refused by itself. It is asked for nothing but a comparison until it is adopted. */
    markForgotten: (id: SaleId) => void forgotten.add(id),
    isForgotten: (id: SaleId) => forgotten.has(id),
    markAdopted: (id: SaleId) => void forgotten.delete(id),
  }
}
export type SaleRegister = ReturnType<typeof createSaleRegister>

export const segmentOf = ({ id, segment, epoch }: SaleRow): SegmentAt => ({
  saleId: id,
  segment,
  epoch,
})
