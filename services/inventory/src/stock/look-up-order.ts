import type { LookUpAnswer } from '@flashsale/contracts/http/inventory.ts'
import type { OrderId } from '@flashsale/contracts/ids.ts'
import { deadlineOf } from '@flashsale/contracts/order-id.ts'
import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { isFailedOver } from '@flashsale/service-kit/timeline.ts'
import { isTransient } from '@flashsale/service-kit/transient.ts'
import { atMost } from '@flashsale/service-kit/wait.ts'
import { type HoldRow, readHold, readHoldAndEpochs, readSegmentsOpenAt } from '../db/look-up.ts'
import { lookUp } from '../redis/look-up.ts'
import { readTime } from '../redis/read-time.ts'
import type { SaleRegister } from './sale-register.ts'

const ANSWER_WITHIN_MS = 900 // those who ask wait 1 s
const CLOCK_SLACK_MS = 2_000 // the clock of the next Redis may be behind that of this one

type Deps = { db: Db; redis: WatchedRedis; register: SaleRegister }

/**
 * R9. A row of the ledger decides at once, refusals too. Else every segment where the hold could be is
 * asked, which bars a late one; only when all of them know nothing and the ledger, read after them, has
 * no row at the same epochs, `absent` is said, and it is final. Anything in doubt is `unconfirmed`.
 */
export async function lookUpOrder(deps: Deps, orderId: OrderId): Promise<LookUpAnswer> {
  let answer: LookUpAnswer = { kind: 'unconfirmed' } // as long as nothing better is known
  let fault: unknown
  const looking = lookEverywhere(deps, orderId).then(
    (found) => {
      answer = found
    },
    (error) => {
      fault = error
    },
  )
  await atMost(ANSWER_WITHIN_MS, looking)
  if (fault && !isTransient(fault) && !isFailedOver(fault)) throw fault
  return answer
}

async function lookEverywhere(deps: Deps, orderId: OrderId): Promise<LookUpAnswer> {
  const { db, redis, register } = deps
  const row = await readHold(db, orderId)
  if (row) return decided(row)

  const segments = await readSegmentsOpenAt(db, deadlineOf(orderId))
  const inRedis = await Promise.all(
    segments.map(async (at) => {
      const away = { at, kind: 'away' as const }
      if (!redis.health.answers()) return away
      return redis.health
        .ask(() => lookUp(redis, at, orderId))
        .then((found) => ({ at, ...found }))
        .catch(() => away)
    }),
  )
  for (const { at, kind, ...rest } of inRedis) {
    if (kind === 'forgot') register.markForgotten(at.saleId)
    if (kind !== 'held' || !('quantity' in rest)) continue
    const sale = await register.find(at.saleId)
    const { quantity } = rest
    if (sale) return { kind, saleId: at.saleId, quantity, amountMinor: quantity * sale.priceMinor }
  }
  if (inRedis.some(({ kind }) => kind !== 'absent')) return { kind: 'unconfirmed' }

  if (segments.length === 0 && !(await isOver(redis, orderId))) return { kind: 'unconfirmed' }
  const { found, same } = await readHoldAndEpochs(db, orderId, segments)
  if (found) return lookEverywhere(deps, orderId) // the row is there now and decides
  return { kind: same ? 'absent' : 'unconfirmed' }
}

/** With no sale open at the id's time there is no segment to bar it in: only Redis' clock decides. */
async function isOver(redis: WatchedRedis, orderId: OrderId): Promise<boolean> {
  const nowMs = await readTime(redis)
  return nowMs !== undefined && nowMs > deadlineOf(orderId) + CLOCK_SLACK_MS
}

function decided({ saleId, state, quantity, amountMinor }: HoldRow): LookUpAnswer {
  if (quantity === 0) return { kind: 'absent' } // the order ended before its hold was seen
  return { kind: state === 'refused' ? 'refused' : 'held', saleId, quantity, amountMinor }
}
