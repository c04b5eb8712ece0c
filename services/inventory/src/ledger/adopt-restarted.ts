import type { SaleId } from '@flashsale/contracts/ids.ts'
import type { Redis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { readLedgerStock } from '../db/ledger-stock.ts'
import type { SaleRow } from '../db/sales.ts'
import { missingInRedis } from '../domain/compare-stock.ts'
import { adopt } from '../redis/adopt.ts'
import { readStock } from '../redis/read-stock.ts'
import { restock } from '../redis/restock.ts'
import { setPhase } from '../redis/set-phase.ts'
import { type SaleRegister, segmentOf } from '../stock/sale-register.ts'

const NAMED_MAX = 5
const TRY_EVERY_MS = 1_000

type Deps = { db: Db; redis: Redis; register: SaleRegister; log: Log }

/**
 * Tries every sale that Redis forgot, each at most once a second; one that fails keeps no other back.
 */
export function createAdopter(deps: Deps) {
  const { register, log } = deps
  const triedAtMs = new Map<SaleId, number>()
  return async () => {
    for (const sale of register.all()) {
      if (sale.phase === 'draft' || !register.isForgotten(sale.id)) continue
      const now = performance.now()
      if (now - (triedAtMs.get(sale.id) ?? -TRY_EVERY_MS) < TRY_EVERY_MS) continue
      triedAtMs.set(sale.id, now)
      await adoptRestarted(deps, sale).catch((error) =>
        log.warn({ err: error, saleId: sale.id }, 'a restarted Redis could not be compared'),
      )
    }
  }
}

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
  await setPhase(redis, segmentOf(sale), sale.phase, sale.phaseVersion)
  await restock(redis, segmentOf(sale), sale.stock, sale.stockVersion)
  register.markAdopted(sale.id)
  log.warn({ saleId: sale.id, runId: found.runId }, 'a restarted Redis was compared and adopted')
}
