import type { SaleId } from '@flashsale/contracts/ids.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { readSale, readSales, type SaleRow } from '../db/sales.ts'
import type { SegmentAt } from '../domain/segment.ts'

/**
 * The sales in memory: what the hot path needs to know without the ledger. It goes on with what it
 * has while Postgres is away.
 */
export function createSaleRegister(db: Db) {
  let sales = new Map<SaleId, SaleRow>()
  const forgotten = new Set<SaleId>()
  let reading: Promise<void> | undefined
  let next: Promise<void> | undefined

  const read = async () => {
    const rows = await readSales(db)
    sales = new Map(rows.map((row) => [row.id, row]))
  }
  const start = () => {
    reading = read().finally(() => {
      reading = undefined
    })
    return reading
  }
  /** Shows what was committed before the call: a reading under way may have begun too early. */
  const refresh = () => {
    if (!reading) return start()
    next ??= reading
      .catch(() => {}) // its own caller is told
      .then(() => {
        next = undefined
        return start()
      })
    return next
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

    /** R18: Postgres is another one, a person has to look first; until then nothing is sold. */
    failedOver: () => db.failedOver(),

    /** R1: Redis refused by itself. It is asked for nothing until it was rebuilt. */
    markForgotten: (id: SaleId) => void forgotten.add(id),
    forgotten: () => [...forgotten],
    isForgotten: (id: SaleId) => forgotten.has(id),
    markRemembered: (id: SaleId) => void forgotten.delete(id),
  }
}
export type SaleRegister = ReturnType<typeof createSaleRegister>

export const segmentOf = ({ id, segment, epoch }: SaleRow): SegmentAt => ({
  saleId: id,
  segment,
  epoch,
})
