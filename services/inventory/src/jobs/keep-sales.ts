import type { Leases } from '@flashsale/locks/lease.ts'
import { startLeasedJob } from '@flashsale/locks/leased-job.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import { closeEnded, type SaleRow, settleSale } from '../db/sales.ts'
import { readTime } from '../redis/read-time.ts'
import { type SaleDeps, tellPhase, tellStock, withdrawRest } from '../stock/change-sale.ts'

const EVERY_MS = 500

type Deps = SaleDeps & { leases: Leases; holder: string }

/**
 * What makes a sale's end certain whoever was killed: closes sales at their time, tells Redis again
 * what the ledger decided, withdraws what came back to a closed sale, and marks it settled. One
 * instance does it; two at once do no harm, for Redis takes only what is newer.
 */
export function startSaleKeeper(deps: Deps) {
  const { db, redis, register, leases, holder, log } = deps
  const run = async () => {
    const nowMs = await readTime(redis)
    if (nowMs === undefined) {
      throw new Fault('redis.away', 'another instance may reach it', {}) // gives the lease up
    }
    await closeEnded(db, nowMs)
    await register.refresh()
    for (const sale of register.active()) {
      if (register.isForgotten(sale.id) || sale.heldBack) continue
      await keep(deps, sale).catch((error) => {
        log.warn({ err: error, saleId: sale.id }, 'a sale could not be kept') // and no other waits
      })
    }
  }
  return startLeasedJob({
    name: 'keep-sales',
    lease: 'keep-sales',
    leases,
    holder,
    everyMs: EVERY_MS,
    backOffMaxMs: EVERY_MS,
    run,
    log,
  })
}

async function keep(deps: Deps, sale: SaleRow): Promise<void> {
  const { db, register, log } = deps
  const { kind } = await tellPhase(deps, sale)
  if (kind === 'forgot') return register.markForgotten(sale.id)
  await tellStock(deps, sale)
  if (sale.phase !== 'closed') return
  await withdrawRest(deps, sale.id)
  if (await settleSale(db, sale.id)) log.info({ saleId: sale.id }, 'sale settled')
}
