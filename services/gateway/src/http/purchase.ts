import type { Attempt, AttemptResult, SaleFacts } from '@flashsale/contracts/http/inventory.ts'
import type { BuyerId } from '@flashsale/contracts/ids.ts'
import type { OrderIds } from '@flashsale/contracts/order-id.ts'
import {
  type Answer,
  type ProblemCode,
  problemAnswer,
  readyProblem,
} from '@flashsale/service-kit/problem.ts'
import { startOrder } from '@flashsale/tracing/spans.ts'
import type { InventoryClient } from '../clients/inventory.ts'
import { createTurns, type Turns } from '../clients/turns.ts'
import { type BuyersSeen, createBuyersSeen } from '../domain/buyers-seen.ts'
import { earlyAnswer } from '../domain/early-answer.ts'
import { fingerprint } from '../domain/fingerprint.ts'
import type { SaleBoard } from '../jobs/sale-board.ts'
import { metrics } from '../metrics.ts'
import { closedBy, type Switches } from './closed.ts'
import { acceptedHeaders, tryLater } from './queue-answers.ts'
import type { Load } from './send-away.ts'

const ATTEMPT_LIVES_MS = 1000
const BUY = 'POST /v1/sales/:saleId/orders'
/** At inventory at the same time; the others wait in line. */
export const ATTEMPTS_AT_ONCE = 128
const TURNS = { atOnceMax: ATTEMPTS_AT_ONCE, waitingMax: 4096, waitMsMax: 5_000 }
export const createPurchaseTurns = () => createTurns(TURNS)

export type PurchaseDeps = {
  runtimeConfig: Switches
  board: SaleBoard
  turns: Turns
  load: Pick<Load, 'isOver'>
  inventory: Pick<InventoryClient, 'reserve'>
  orderIds: OrderIds
}
type Deps = PurchaseDeps & { buyersSeen: BuyersSeen }

/** A purchase whose buyer is known, let in by the limits, and well formed. */
export type Wanted = {
  saleId: string
  buyerId: BuyerId
  key: string | undefined
  quantity: number
  pass?: string | undefined
  /** The release of inventory that the buyer asks for, where that is read. */
  track?: string | undefined
}
type No = { no: ProblemCode | 'nobody-new'; facts?: Record<string, unknown> }

/** The one way in which units are asked for, whoever read the request. */
export function createPurchases(given: PurchaseDeps, buyersSeen = createBuyersSeen()) {
  const deps = { ...given, buyersSeen }
  const { board, turns, load, runtimeConfig } = deps
  board.onTold(turns.sendAway)
  board.onTold(() => buyersSeen.forgetClosed(board.all()))

  return async (wanted: Wanted): Promise<Answer> => {
    const { saleId } = wanted
    const askedAtMs = performance.now()
    if (runtimeConfig.current().switches.readOnly) return closed('readOnly')
    const sale = board.get(saleId) ?? (await find(board, saleId))
    const atFirst = 'no' in sale ? sale : look(deps, sale, wanted)
    if ('no' in atFirst) return refuse(deps, atFirst)

    const isInVain = () => !board.knowsStock(saleId) || (wanted.key === undefined && isClosed(deps))
    const isInTime = turns.hasRoom() || !load.isOver()
    if (!isInTime || !(await turns.take(saleId, isInVain))) return refuse(deps, { no: 'try-later' })
    const tried = await attemptNow(deps, wanted, askedAtMs).finally(turns.give)
    if ('no' in tried) return refuse(deps, tried)
    metrics.attempts.inc({ outcome: tried.result.kind, asked: 'yes' })
    return answerOf(deps, tried.attempt, tried.result)
  }
}
export type Purchases = ReturnType<typeof createPurchases>

/** Whether nobody new is let in: the queue behind a 202 is too long, or an operator says so. */
const isClosed = ({ board, runtimeConfig }: Pick<Deps, 'board' | 'runtimeConfig'>) =>
  board.queue().isClosed || runtimeConfig.current().switches.stopJoins

/** Without asking inventory (P7). */
function refuse({ board, runtimeConfig }: Deps, { no, facts }: No): Answer {
  const isStopped = runtimeConfig.current().switches.stopJoins
  if (no === 'nobody-new' && isStopped) return closed('stopJoins')
  const outcome = no === 'nobody-new' ? 'try-later' : no
  metrics.attempts.inc({ outcome, asked: 'no' })
  if (outcome === 'try-later') return tryLater(board.queue().retryAfterSeconds)
  return facts ? problemAnswer(outcome, facts) : readyProblem(outcome)
}

function closed(name: 'readOnly' | 'stopJoins'): Answer {
  metrics.attempts.inc({ outcome: 'try-later', asked: 'no' })
  return closedBy(name)
}

async function find(board: SaleBoard, saleId: string): Promise<SaleFacts | No> {
  const found = await board.find(saleId)
  if (found.kind === 'sale') return found.sale
  return { no: found.kind === 'absent' ? 'sale-not-found' : 'try-later' }
}

/** What the board says to it at this moment: a "no", or the sale and the time it is there. */
function look(
  deps: Deps,
  sale: SaleFacts,
  { buyerId, key, quantity }: Wanted,
): No | { sale: SaleFacts; nowMs: number } {
  const { board, buyersSeen } = deps
  if (quantity > sale.perBuyerLimit) return { no: 'invalid-request', facts: overLimit(sale) }
  const nowMs = board.redisNowMs()
  if (nowMs === undefined) return { no: 'try-later' } // our own clock opens and closes nothing
  const state = board.stateOf(sale)
  const isQueueClosed = isClosed(deps)
  const isTaking = state !== 'sold-out' && !isQueueClosed
  const early = earlyAnswer({
    state,
    stockKnown: board.knowsStockOf(sale),
    hasKey: key !== undefined,
    mayHaveOrder: isTaking || buyersSeen.has(sale.id, buyerId) || board.mayHaveOrder(sale, buyerId),
    isQueueClosed,
  })
  return early ? { no: early } : { sale, nowMs }
}

/** Looks again first: while it waited for its turn the sale may have run out. */
async function attemptNow(deps: Deps, wanted: Wanted, askedAtMs: number) {
  const { board, inventory, orderIds, buyersSeen } = deps
  const known = board.get(wanted.saleId) ?? (await find(board, wanted.saleId))
  const seen = 'no' in known ? known : look(deps, known, wanted)
  if ('no' in seen) return seen
  const { sale, nowMs } = seen
  const { buyerId, key, quantity, pass, track } = wanted
  const attempt: Attempt = {
    orderId: orderIds.next(buyerId, Math.round(nowMs) + ATTEMPT_LIVES_MS), // before the call: P8
    saleId: sale.id,
    buyerId,
    ...(key !== undefined && { key }),
    fingerprint: fingerprint({ quantity, pass }),
    quantity,
    epoch: sale.epoch,
  }
  const span = startOrder(BUY, attempt.orderId, askedAtMs)
  const result = await inventory.reserve(attempt, track)
  span?.end({ 'sale.id': sale.id, quantity, outcome: result.kind })
  if (mayHoldUnits(result)) buyersSeen.add(sale.id, buyerId)
  return { attempt, result }
}

const mayHoldUnits = ({ kind }: AttemptResult) =>
  kind === 'held' || kind === 'repeated' || kind === 'limit-reached' || kind === 'unknown'

const overLimit = ({ perBuyerLimit }: SaleFacts) => ({
  errors: [{ at: 'body/quantity', message: `at most ${perBuyerLimit} in this sale` }],
})

async function answerOf(
  { board, runtimeConfig }: Deps,
  { orderId, saleId, key }: Attempt,
  result: AttemptResult,
): Promise<Answer> {
  const { pollAfterSeconds, retryAfterSeconds } = board.queue()
  const headers = acceptedHeaders(pollAfterSeconds)
  switch (result.kind) {
    case 'held':
      return accepted({ orderId, status: 'accepted' }, headers)
    case 'repeated':
      return accepted(
        { orderId: result.orderId, status: 'accepted' },
        { ...headers, 'idempotency-replayed': 'true' },
      )
    case 'unknown':
      if (key === undefined) return accepted({ orderId, status: 'unconfirmed' }, headers)
      // With a key, sending it again is the look-up, and that waits for no order.
      return accepted({ status: 'unconfirmed' }, acceptedHeaders(1))
    case 'limit-reached':
      return problemAnswer(result.kind, { orderIds: result.orderIds })
    case 'idempotency-mismatch':
    case 'sold-out':
      return readyProblem(result.kind)
    case 'not-open':
      return (await isPaused(board, saleId))
        ? tryLater(retryAfterSeconds)
        : readyProblem('sale-not-open')
    case 'late':
    case 'old-epoch':
    case 'unavailable':
      void board.refresh({ fresh: result.kind === 'old-epoch' })
      if (runtimeConfig.current().switches.stopJoins) return closedBy('stopJoins')
      return tryLater(retryAfterSeconds)
  }
}

const accepted = (body: object, headers: Record<string, string>): Answer => ({
  status: 202,
  headers,
  body: JSON.stringify(body),
})

/** Where inventory knows better, such as of a pause, the board is behind. */
async function isPaused(board: SaleBoard, saleId: string) {
  const state = async () => {
    const found = await board.find(saleId)
    return found.kind === 'sale' ? board.stateOf(found.sale) : undefined
  }
  const before = await state()
  if (before === 'open' || before === 'sold-out') await board.refresh()
  return (await state()) === 'paused'
}
