import type { Redis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { readLedgerStock } from '../db/ledger-stock.ts'
import type { SaleRow } from '../db/sales.ts'
import { missingInRedis } from '../domain/compare-stock.ts'
import { adopt } from '../redis/adopt.ts'
import { readStock } from '../redis/read-stock.ts'
import { type SaleRegister, segmentOf } from '../stock/sale-register.ts'

const NAMED_MAX = 5

type Deps = { db: Db; redis: Redis; register: SaleRegister; log: Log }

/**
 * A Redis with another run id refuses by itself (R1). It is taken into use again only when the ledger
 * finds nothing missing in it; else the sale goes on answering 503. Called by the ledger writer between
 * two batches, so that nothing read before the restart is still on its way into the ledger.
 */
export async function adoptRestarted({ db, redis, register, log }: Deps, sale: SaleRow) {
  if (redis.status !== 'ready') return
  const ledger = await readLedgerStock(db, sale.id)
  const found = await readStock(redis, segmentOf(sale))
  if (!ledger) return
  const missing = found.remembers ? [] : missingInRedis(ledger, found)
  if (missing.length > 0) {
    const facts = { saleId: sale.id, missing: missing.length, first: missing.slice(0, NAMED_MAX) }
    log.error(facts, 'Redis lost what the ledger knows: the sale stays closed to buyers')
    return
  }
  const { kind } = await adopt(redis, segmentOf(sale), found.runId)
  if (kind !== 'adopted') return
  register.markAdopted(sale.id)
  log.warn({ saleId: sale.id, runId: found.runId }, 'a restarted Redis was compared and adopted')
}
