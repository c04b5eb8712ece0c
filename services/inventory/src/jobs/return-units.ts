import type { Leases } from '@flashsale/locks/lease.ts'
import { startLeasedJob } from '@flashsale/locks/leased-job.ts'
import type { Redis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { failpoint } from '@flashsale/service-kit/failpoint.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { inSteps } from '@flashsale/tracing/spans.ts'
import { markReturned, type OpenReturn, readOpenReturns } from '../db/returns.ts'
import { metrics } from '../metrics.ts'
import { returnUnits } from '../redis/return-units.ts'
import type { SaleRegister } from '../stock/sale-register.ts'

const ORDERS_A_RUN = 500
const EVERY_MS = 100
const BACK_OFF_MS_MAX = 500

type Deps = {
  db: Db
  redis: Redis
  register: SaleRegister
  leases: Leases
  holder: string
  log: Log
}

/**
 * R6: gives Redis the units of ended orders. The row is marked after the script has run, so that a
 * crash between them repeats the script, which does nothing the second time. While Redis forgot, or is
 * at another epoch than the ledger, the row waits (R7). One instance does it; two at once do no harm.
 */
export function startReturner({ db, redis, register, leases, holder, log }: Deps) {
  const run = async () => {
    if (redis.status !== 'ready') {
      throw new Fault('redis.away', 'another instance may reach it', {}) // gives the lease up
    }
    const open = await readOpenReturns(db, ORDERS_A_RUN, register.forgotten())
    const tries = await Promise.allSettled(open.map((one) => giveBack(redis, register, one)))
    const done = open.filter((_, i) => tries[i]?.status === 'fulfilled' && tries[i].value)
    if (done.length > 0) await markReturned(db, done)
    const failed = tries.find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason // what was given back is marked
    metrics.openReturns.set(open.length - done.length)
    return done.length === ORDERS_A_RUN
  }
  return startLeasedJob({
    name: 'return-units',
    lease: 'return-units',
    leases,
    holder,
    everyMs: EVERY_MS,
    backOffMaxMs: BACK_OFF_MS_MAX,
    run,
    log,
  })
}

async function giveBack(redis: Redis, register: SaleRegister, one: OpenReturn): Promise<boolean> {
  failpoint('returning')
  const step = { name: 'return-units.lua', orderId: one.orderId, kind: 'client' } as const
  const { kind } = await inSteps([step], () => returnUnits(redis, one))
  if (kind === 'forgot') register.markForgotten(one.saleId)
  return kind === 'returned'
}
