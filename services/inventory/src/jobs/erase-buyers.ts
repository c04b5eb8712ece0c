import type { Leases } from '@flashsale/locks/lease.ts'
import { startLeasedJob } from '@flashsale/locks/leased-job.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { NO_ANSWER } from '../clients/ask-peer.ts'
import { eraseAsked } from '../erase/erase-asked.ts'
import { eraseExpired } from '../erase/erase-expired.ts'
import type { EraseDeps } from '../erase/replace-everywhere.ts'

const ASKED_EVERY_MS = 1_000
const EXPIRED_EVERY_MS = 600_000
const RUN_MS_MAX = 600_000 // a whole ledger is read once a run

type Deps = EraseDeps & {
  daysKept: number
  leases: Leases
  holder: string
  log: Log
  askedEveryMs?: number
  expiredEveryMs?: number
}

/** Buyers' ids leave the books: when it is asked for, and when they were kept for long enough. */
export function startErasers(deps: Deps) {
  const { leases, holder, log } = deps
  const { askedEveryMs = ASKED_EVERY_MS, expiredEveryMs = EXPIRED_EVERY_MS } = deps
  const basic = { leases, holder, log, runMsMax: RUN_MS_MAX }
  const asked = startLeasedJob({
    ...basic,
    name: 'erase-asked',
    lease: 'erase-asked',
    everyMs: askedEveryMs,
    run: (signal) => eraseAsked(deps, signal),
  })
  const expired = startLeasedJob({
    ...basic,
    name: 'erase-expired',
    lease: 'erase-expired',
    everyMs: expiredEveryMs,
    run: (signal) => eraseExpired(deps, signal).catch((error) => later(log, error)),
  })
  return {
    stop: async () => void (await Promise.all([asked.stop(), expired.stop()])),
  }
}

/** Nobody waits for it: while order or payment is away it comes again with the next run. */
function later(log: Log, error: unknown): false {
  if (!(error instanceof Fault) || error.code !== NO_ANSWER) throw error
  log.warn({ ...error.facts }, 'buyers who were kept for long enough are erased later')
  return false
}
