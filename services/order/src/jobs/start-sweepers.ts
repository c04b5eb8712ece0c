import type { Leases } from '@flashsale/locks/lease.ts'
import { startLeasedJob } from '@flashsale/locks/leased-job.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import type { InventoryClient } from '../clients/inventory.ts'
import { CANCEL_UNPAID_EVERY_MS, cancelUnpaid } from './cancel-unpaid.ts'
import { createCancelWantedSweep, END_CANCEL_WANTED_EVERY_MS } from './end-cancel-wanted.ts'

type Deps = {
  db: Db
  inventory: Pick<InventoryClient, 'lookUp'>
  leases: Leases
  holder: string
  log: Log
}

/**
 * Of all instances one sweeps, which saves the others the work. Two at once do no harm: each row is
 * locked, and moved by its state.
 */
export function startSweepers({ db, inventory, ...leased }: Deps) {
  const unpaid = startLeasedJob({
    name: 'cancel-unpaid',
    lease: 'cancel-unpaid',
    everyMs: CANCEL_UNPAID_EVERY_MS,
    run: () => cancelUnpaid(db),
    ...leased,
  })
  const cancelWanted = startLeasedJob({
    name: 'end-cancel-wanted',
    lease: 'end-cancel-wanted',
    everyMs: END_CANCEL_WANTED_EVERY_MS,
    run: createCancelWantedSweep({ db, inventory }),
    ...leased,
  })
  return { stop: () => Promise.all([unpaid.stop(), cancelWanted.stop()]) }
}
