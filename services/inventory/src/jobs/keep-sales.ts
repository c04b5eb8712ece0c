import { startJob } from '@flashsale/service-kit/job.ts'
import { closeEnded, settleSale } from '../db/sales.ts'
import { type SaleDeps, tellPhase, tellStock, withdrawRest } from '../stock/change-sale.ts'

const EVERY_MS = 500

/**
 * What makes a sale's end certain whoever was killed: closes sales at their time, tells Redis again
 * what the ledger decided, withdraws what came back to a closed sale, and marks it settled.
 */
export function startSaleKeeper(deps: SaleDeps) {
  const { db, redis, register, log } = deps
  const run = async () => {
    await closeEnded(db)
    await register.refresh()
    if (redis.status !== 'ready') return
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
  return startJob({ name: 'keep-sales', everyMs: EVERY_MS, backOffMaxMs: EVERY_MS, run, log })
}
