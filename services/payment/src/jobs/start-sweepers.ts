import type { Leases } from '@flashsale/locks/lease.ts'
import { startLeasedJob } from '@flashsale/locks/leased-job.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import type { Bank } from '../clients/bank.ts'
import { checkBack } from './check-back.ts'
import { expireCheckouts } from './expire-checkouts.ts'
import { sendRefunds } from './send-refunds.ts'

const LOOK_MS_MAX = 500 // how soon check-back sees that a payment's interval is over
const EXPIRE_EVERY_MS = 1000
const REFUND_EVERY_MS = 250

type Deps = {
  db: Db
  bank: Bank
  checkBackEveryMs: number
  expireCheckoutAfterSeconds: number
  leases: Leases
  holder: string
  log: Log
}

/**
 * Of all instances one sweeps, which saves the others the work and the bank the calls. Two at once do
 * no harm: each claims its rows, and every call to the bank can be made again.
 */
export function startSweepers({
  db,
  bank,
  checkBackEveryMs,
  expireCheckoutAfterSeconds: afterSeconds,
  ...leased
}: Deps) {
  const jobs = [
    startLeasedJob({
      name: 'check-back',
      lease: 'check-back',
      everyMs: Math.min(checkBackEveryMs, LOOK_MS_MAX),
      run: () => checkBack({ db, bank, everyMs: checkBackEveryMs }),
      ...leased,
    }),
    startLeasedJob({
      name: 'expire-checkouts',
      lease: 'expire-checkouts',
      everyMs: EXPIRE_EVERY_MS,
      run: () => expireCheckouts({ db, bank, afterSeconds }),
      ...leased,
    }),
    startLeasedJob({
      name: 'send-refunds',
      lease: 'send-refunds',
      everyMs: REFUND_EVERY_MS,
      run: () => sendRefunds({ db, bank }),
      ...leased,
    }),
  ]
  return { stop: () => Promise.all(jobs.map(({ stop }) => stop())) }
}
