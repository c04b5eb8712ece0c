import type { Leases } from '@flashsale/locks/lease.ts'
import { startLeasedJob } from '@flashsale/locks/leased-job.ts'
import { closeEnded, settleSale } from '../db/sales.ts'
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
    if (nowMs === undefined) return
    await closeEnded(db, nowMs)
    await register.refresh()
    for (const sale of register.active()) {
      if (register.isForgotten(sale.id) || sale.heldBack) continue
      const { kind } = await tellPhase(deps, sale)
      if (kind === 'forgot') {
        register.markForgotten(sale.id)
        continue
      }
      await tellStock(deps, sale)
      if (sale.phase !== 'closed') continue
      await withdrawRest(deps, sale.id)
      if (await settleSale(db, sale.id)) log.info({ saleId: sale.id }, 'sale settled')
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
