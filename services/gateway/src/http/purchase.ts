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
import { createTurns } from '../clients/turns.ts'
import { type BuyersSeen, createBuyersSeen } from '../domain/buyers-seen.ts'
import { earlyAnswer } from '../domain/early-answer.ts'
import { fingerprint } from '../domain/fingerprint.ts'
import type { SaleBoard } from '../jobs/sale-board.ts'
import { metrics } from '../metrics.ts'

const ATTEMPT_LIVES_MS = 1000
const BUY = 'POST /v1/sales/:saleId/orders'
/** At inventory at the same time; the others wait in line. */
export const ATTEMPTS_AT_ONCE = 128
const TURNS = { atOnceMax: ATTEMPTS_AT_ONCE, waitingMax: 4096, waitMsMax: 5_000 }

export type PurchaseDeps = {
  board: SaleBoard
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
}
type No = { no: ProblemCode; facts?: Record<string, unknown> }

/** The one way in which units are asked for, whoever read the request. */
export function createPurchases(given: PurchaseDeps) {
  const deps = { ...given, buyersSeen: createBuyersSeen() }
  const { board } = deps
  const turns = createTurns(TURNS)
  board.onTold(turns.sendAway)

  return async (wanted: Wanted): Promise<Answer> => {
    const { saleId } = wanted
    const askedAtMs = performance.now()
    const sale = board.get(saleId) ?? (await find(board, saleId))
    const atFirst = 'no' in sale ? sale : look(deps, sale, wanted)
    if ('no' in atFirst) return refuse(atFirst)

    const isInVain = () => !board.knowsStock(saleId)
    if (!(await turns.take(saleId, isInVain))) return refuse({ no: 'try-later' })
    const tried = await attemptNow(deps, wanted, askedAtMs).finally(turns.give)
    if ('no' in tried) return refuse(tried)
    metrics.attempts.inc({ outcome: tried.result.kind, asked: 'yes' })
    return answerOf(tried.attempt, tried.result, board)
  }
}
export type Purchases = ReturnType<typeof createPurchases>

/** Without asking inventory (P7). */
function refuse({ no, facts }: No): Answer {
  metrics.attempts.inc({ outcome: no, asked: 'no' })
  return facts ? problemAnswer(no, facts) : readyProblem(no)
}

async function find(board: SaleBoard, saleId: string): Promise<SaleFacts | No> {
  const found = await board.find(saleId)
  if (found.kind === 'sale') return found.sale
  return { no: found.kind === 'absent' ? 'sale-not-found' : 'try-later' }
}

/** What the board says to it at this moment: a "no", or the sale and the time it is there. */
function look(
  { board, buyersSeen }: Deps,
  sale: SaleFacts,
  { buyerId, key, quantity }: Wanted,
): No | { sale: SaleFacts; nowMs: number } {
  if (quantity > sale.perBuyerLimit) return { no: 'invalid-request', facts: overLimit(sale) }
  const nowMs = board.redisNowMs()
  if (nowMs === undefined) return { no: 'try-later' } // our own clock opens and closes nothing
  const state = board.stateOf(sale)
  const early = earlyAnswer({
    state,
    stockKnown: board.knowsStockOf(sale),
    hasKey: key !== undefined,
    mayHaveOrder:
      state !== 'sold-out' || buyersSeen.has(sale.id, buyerId) || board.mayHaveOrder(sale, buyerId),
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
  const { buyerId, key, quantity, pass } = wanted
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
  const result = await inventory.reserve(attempt)
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
  { orderId, saleId, key }: Attempt,
  result: AttemptResult,
  board: SaleBoard,
): Promise<Answer> {
  switch (result.kind) {
    case 'held':
      return accepted({ orderId, status: 'accepted' })
    case 'repeated':
      return accepted(
        { orderId: result.orderId, status: 'accepted' },
        { 'idempotency-replayed': 'true' },
      )
    case 'unknown':
      if (key === undefined) return accepted({ orderId, status: 'unconfirmed' })
      return accepted({ status: 'unconfirmed' }, { 'retry-after': '1' }) // with a key, sending it again is the look-up
    case 'limit-reached':
      return problemAnswer(result.kind, { orderIds: result.orderIds })
    case 'idempotency-mismatch':
    case 'sold-out':
      return readyProblem(result.kind)
    case 'not-open':
      return readyProblem(await whyNotOpen(board, saleId))
    case 'late':
    case 'old-epoch':
    case 'unavailable':
      void board.refresh({ fresh: result.kind === 'old-epoch' })
      return readyProblem('try-later')
  }
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }
const accepted = (body: object, headers?: Record<string, string>): Answer => ({
  status: 202,
  headers: headers ? { ...JSON_TYPE, ...headers } : JSON_TYPE,
  body: JSON.stringify(body),
})

/** Where inventory knows better, such as of a pause, the board is behind. */
async function whyNotOpen(board: SaleBoard, saleId: string) {
  const state = async () => {
    const found = await board.find(saleId)
    return found.kind === 'sale' ? board.stateOf(found.sale) : undefined
  }
  const before = await state()
  if (before === 'open' || before === 'sold-out') await board.refresh()
  return (await state()) === 'paused' ? 'try-later' : 'sale-not-open'
}
