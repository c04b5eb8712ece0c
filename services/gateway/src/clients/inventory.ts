import {
  type Attempt,
  type AttemptResult,
  BuyersPage,
  LookUpAnswer,
  ReserveAnswer,
  type SaleFacts,
  SalesAnswer,
} from '@flashsale/contracts/http/inventory.ts'
import type { OrderId } from '@flashsale/contracts/ids.ts'
import type { HttpClient } from '@flashsale/service-kit/http-client.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { inBatchSpan } from '@flashsale/tracing/spans.ts'
import { createAttemptBatches } from './attempt-batches.ts'
import { ask, query, read, unexpected } from './peer.ts'

const RESERVE_TIMEOUT_MS = 900 // an attempt's deadline is 1 s after it was sent
const LOOK_UP_TIMEOUT_MS = 1000
const SALES_TIMEOUT_MS = 500
const FRESH_TIMEOUT_MS = 1000 // the ledger is read for it
const BUYERS_TIMEOUT_MS = 2000 // for a page

export type InventoryClient = {
  /** Never throws and never waits longer than an attempt lives. `wanted`: the release that its buyer asks for. */
  reserve(attempt: Attempt, wanted?: string): Promise<AttemptResult>
  lookUp(orderId: OrderId): Promise<LookUpAnswer>
  /** Undefined while inventory can't tell. `fresh`: as the ledger has them now, whoever changed them. */
  sales(wanted: { fresh: boolean }): Promise<SalesAnswer | undefined>
  /** A page of those with any order of the sale's epoch; undefined while inventory can't tell. */
  buyers(wanted: { sale: SaleFacts; after?: string | undefined }): Promise<BuyersPage | undefined>
}

/** `toReserve`: purchases have a way of their own, which nothing else can fill or close. */
type Ways = { toReserve: HttpClient; toInventory: HttpClient }

/** `onUnreadable`: an answer to a batch was not as agreed. */
export function createInventoryClient(
  { toReserve, toInventory }: Ways,
  log: Log,
  onUnreadable = () => {},
): InventoryClient {
  const reserveBatch = async (attempts: Attempt[]): Promise<AttemptResult[]> => {
    try {
      const orderIds = attempts.map(({ orderId }) => orderId)
      return await inBatchSpan('batch of attempts', orderIds, () =>
        reserveTogether(toReserve, attempts),
      )
    } catch (error) {
      const orderIds = attempts.slice(0, 10).map(({ orderId }) => orderId)
      const facts = { attempts: attempts.length, orderIds, err: error }
      log.error(facts, 'attempts have no readable answer')
      onUnreadable()
      return attempts.map(() => UNKNOWN)
    }
  }
  return {
    reserve: createAttemptBatches(reserveBatch),

    async lookUp(orderId) {
      const timeoutMs = LOOK_UP_TIMEOUT_MS
      const path = `/internal/orders/${orderId}`
      const answer = await ask(toInventory, { method: 'GET', path, timeoutMs })
      if (!answer) return { kind: 'unconfirmed' }
      if (answer.status !== 200) throw unexpected(answer)
      return read(LookUpAnswer, answer)
    },

    async sales({ fresh }) {
      const timeoutMs = fresh ? FRESH_TIMEOUT_MS : SALES_TIMEOUT_MS
      const path = `/internal/sales${fresh ? '?fresh=true' : ''}`
      const answer = await ask(toInventory, { method: 'GET', path, timeoutMs })
      return answer && read(SalesAnswer, answer)
    },

    async buyers({ sale: { id, epoch }, after }) {
      const path = `/internal/sales/${id}/buyers${query({ epoch, after })}`
      const timeoutMs = BUYERS_TIMEOUT_MS
      const answer = await ask(toInventory, { method: 'GET', path, timeoutMs })
      if (answer && answer.status !== 200) throw unexpected(answer)
      return answer && read(BuyersPage, answer)
    },
  }
}

/** One call for attempts of one sale. */
async function reserveTogether(http: HttpClient, attempts: Attempt[]): Promise<AttemptResult[]> {
  const all = (result: AttemptResult) => attempts.map(() => result)
  const outcome = await http.call({
    method: 'POST',
    path: '/internal/reserve',
    body: { attempts },
    timeoutMs: RESERVE_TIMEOUT_MS,
    couldNot: ({ status, body }) => status === 503 || isRefused(body),
    again: true, // reserve.lua knows an order id that it has seen: a copy takes nothing
    retry: false, // an attempt lives for a second, and its buyer asks again
  })
  if (outcome.kind === 'not-sent') return all({ kind: 'unavailable' })
  if (outcome.kind === 'unknown') return all(UNKNOWN)
  const { status, lostBefore } = outcome
  if (status === 503 && !lostBefore) return all({ kind: 'unavailable' }) // none was looked at
  if (status >= 500) return all(UNKNOWN) // it broke, maybe after units were taken
  const { results } = read(ReserveAnswer, outcome)
  return attempts.map((_, i) => {
    const result = results[i]
    return result && (isFinal(result) || !lostBefore) ? result : UNKNOWN
  })
}
const UNKNOWN = { kind: 'unknown' } as const

/**
 * This instance can't reach Redis, or is behind; nothing was taken, and another may be able to. Where
 * only some were refused, the others have their answer, which a second one must not replace.
 */
function isRefused(body: unknown): boolean {
  const { results = [] } = (body ?? {}) as Partial<ReserveAnswer> // `read` looks at it closely
  const refused = ({ kind }: AttemptResult) => kind === 'unavailable' || kind === 'old-epoch'
  return results.length > 0 && results.every(refused)
}

/**
 * Whether it still stands after another copy of the attempt arrived late: units that came back
 * meanwhile would be given to that copy, after its buyer was told "no" (P8).
 */
const isFinal = ({ kind }: AttemptResult) =>
  kind === 'held' || kind === 'repeated' || kind === 'idempotency-mismatch' || kind === 'late'
