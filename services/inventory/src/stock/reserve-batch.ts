import type { Attempt, AttemptResult } from '@flashsale/contracts/http/inventory.ts'
import type { SaleId } from '@flashsale/contracts/ids.ts'
import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import { failpoint } from '@flashsale/service-kit/failpoint.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { atMost } from '@flashsale/service-kit/wait.ts'
import { inSpan } from '@flashsale/tracing/spans.ts'
import type { SaleRow } from '../db/sales.ts'
import { reserve } from '../redis/reserve.ts'
import { type SaleRegister, segmentOf } from './sale-register.ts'

/** Refused before anything ran, by the server, or by a client that has no connection: nothing was taken. */
const REFUSED_BEFORE_RUNNING =
  /^(LOADING|READONLY|OOM|MISCONF|MASTERDOWN|BUSY|NOAUTH|CLUSTERDOWN|Stream isn't writeable)\b/
const neverRan = (error: unknown) =>
  error instanceof Error && REFUSED_BEFORE_RUNNING.test(error.message)

const FIND_WITHIN_MS = 100

type Deps = {
  redis: WatchedRedis
  register: SaleRegister
  log: Log
  streamEntriesMax?: number | undefined
}

/** Step 2 of the road: one script call for each sale of the batch; results in the order of attempts. */
export async function reserveBatch(deps: Deps, attempts: Attempt[]): Promise<AttemptResult[]> {
  const results = new Map<Attempt, AttemptResult>()
  const bySale = Map.groupBy(attempts, (attempt) => attempt.saleId)
  await Promise.all(
    [...bySale].map(async ([saleId, ofSale]) => {
      const answers = await reserveOfSale(deps, saleId, ofSale)
      for (const [i, attempt] of ofSale.entries()) {
        results.set(attempt, answers[i] ?? { kind: 'unknown' })
      }
    }),
  )
  return attempts.map((attempt) => results.get(attempt) ?? { kind: 'unknown' })
}

async function reserveOfSale(
  deps: Deps,
  saleId: SaleId,
  attempts: Attempt[],
): Promise<AttemptResult[]> {
  const all = (kind: 'unavailable' | 'old-epoch' | 'unknown') => attempts.map(() => ({ kind }))
  const { redis, register, log, streamEntriesMax } = deps
  const sale = register.get(saleId) ?? (await findSoon(register, saleId))
  if (!sale || sale.phase === 'draft' || sale.heldBack) return all('unavailable')
  if (register.failedOver() || register.isForgotten(saleId)) return all('unavailable')
  if (!redis.health.answers()) return all('unavailable') // not sent: nothing was taken
  try {
    const asked = { kind: 'client', attributes: { 'db.system.name': 'redis', saleId } } as const
    const reply = await inSpan('reserve.lua', asked, () =>
      redis.health.ask(() => reserve(redis, segmentOf(sale), attempts, streamEntriesMax)),
    )
    failpoint('reserved')
    if (reply.kind === 'done') return reply.results
    if (reply.kind === 'forgot') register.markForgotten(saleId)
    return all(reply.kind === 'forgot' ? 'unavailable' : 'old-epoch')
  } catch (error) {
    if (neverRan(error)) return all('unavailable')
    log.warn({ err: error, saleId, attempts: attempts.length }, 'outcome of a batch is unknown')
    return all('unknown') // sent, and not answered: maybe taken (P8)
  }
}

/** A sale that another instance has just made. While the ledger is away nobody waits for it. */
async function findSoon(register: SaleRegister, saleId: SaleId) {
  let found: SaleRow | undefined
  const asking = register.find(saleId).then(
    (row) => {
      found = row
    },
    () => {},
  )
  await atMost(FIND_WITHIN_MS, asking)
  return found
}
