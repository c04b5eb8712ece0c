import type { Attempt, AttemptResult, SaleFacts } from '@flashsale/contracts/http/inventory.ts'
import { type BuyerId, OrderId } from '@flashsale/contracts/ids.ts'
import type { OrderIds } from '@flashsale/contracts/order-id.ts'
import { type ProblemCode, sendProblem, sendReady } from '@flashsale/service-kit/problem.ts'
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { InventoryClient } from '../clients/inventory.ts'
import { createTurns } from '../clients/turns.ts'
import type { BuyersSeen } from '../domain/buyers-seen.ts'
import { earlyAnswer } from '../domain/early-answer.ts'
import { fingerprint } from '../domain/fingerprint.ts'
import type { SaleBoard } from '../jobs/sale-board.ts'
import { metrics } from '../metrics.ts'
import { bearer } from '../plugins/openapi.ts'
import { problems } from './problems.ts'
import { sendTogether } from './send-together.ts'

const ATTEMPT_LIVES_MS = 1000
const PASS_CHARS_MAX = 4096
/** At inventory at the same time; the others wait in line. */
export const ATTEMPTS_AT_ONCE = 128
const TURNS = { atOnceMax: ATTEMPTS_AT_ONCE, waitingMax: 4096, waitMsMax: 5_000 }

const schema = {
  ...bearer,
  summary: 'Buy: all of the quantity, or none',
  description: 'Without a key, sold-out and sale-not-open may come before token and body are read.',
  params: z.object({ saleId: z.string() }), // no such sale is 404, and only after the body was read
  headers: z.object({ 'idempotency-key': z.string().min(1).max(64).optional() }),
  body: z.strictObject({
    quantity: z.int().min(1),
    pass: z.string().max(PASS_CHARS_MAX).optional(), // read only where the sale asks for one
  }),
  response: {
    202: z.object({ orderId: OrderId.optional(), status: z.enum(['accepted', 'unconfirmed']) }),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
  },
}
type Deps = {
  board: SaleBoard
  inventory: Pick<InventoryClient, 'reserve'>
  orderIds: OrderIds
  buyersSeen: BuyersSeen
}

export const buy: FastifyPluginAsyncZod<Deps> = async (app, deps) => {
  const guards = { onRequest: app.authenticate, preHandler: app.limitBuys, onSend: sendTogether() }
  const turns = createTurns(TURNS)
  deps.board.onTold(turns.sendAway)

  app.post('/v1/sales/:saleId/orders', { ...guards, schema }, async (request, reply) => {
    const { saleId } = request.params
    const key = request.headers['idempotency-key']
    const wanted = { ...request.body, saleId, key, buyerId: request.user.id }
    const atFirst = await look(deps, wanted)
    if ('no' in atFirst) return refuse(reply, atFirst)

    const isInVain = () => !deps.board.knowsStock(saleId)
    if (!(await turns.take(saleId, isInVain))) return refuse(reply, { no: 'try-later' })
    const tried = await attemptNow(deps, wanted).finally(turns.give)
    if ('no' in tried) return refuse(reply, tried)
    metrics.attempts.inc({ outcome: tried.result.kind, asked: 'yes' })
    return answer(reply, tried.attempt, tried.result, deps.board)
  })
}

type Wanted = {
  saleId: string
  buyerId: BuyerId
  key: string | undefined
  quantity: number
  pass?: string | undefined
}
type No = { no: ProblemCode; facts?: Record<string, unknown> }

/** Without asking inventory (P7). */
function refuse(reply: FastifyReply, { no, facts }: No) {
  metrics.attempts.inc({ outcome: no, asked: 'no' })
  return facts ? sendProblem(reply, no, facts) : sendReady(reply, no)
}

/** What the board says to it at this moment: a "no", or the sale and the time it is there. */
async function look(
  { board, buyersSeen }: Deps,
  { saleId, buyerId, key, quantity }: Wanted,
): Promise<No | { sale: SaleFacts; nowMs: number }> {
  const found = await board.find(saleId)
  if (found.kind === 'unreachable') return { no: 'try-later' }
  if (found.kind === 'absent') return { no: 'sale-not-found' }
  const { sale } = found
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
async function attemptNow(deps: Deps, wanted: Wanted) {
  const { inventory, orderIds, buyersSeen } = deps
  const seen = await look(deps, wanted)
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
  const result = await inventory.reserve(attempt)
  if (mayHoldUnits(result)) buyersSeen.add(sale.id, buyerId)
  return { attempt, result }
}

const mayHoldUnits = ({ kind }: AttemptResult) =>
  kind === 'held' || kind === 'repeated' || kind === 'limit-reached' || kind === 'unknown'

const overLimit = ({ perBuyerLimit }: SaleFacts) => ({
  errors: [{ at: 'body/quantity', message: `at most ${perBuyerLimit} in this sale` }],
})

async function answer(
  reply: FastifyReply,
  { orderId, saleId, key }: Attempt,
  result: AttemptResult,
  board: SaleBoard,
) {
  switch (result.kind) {
    case 'held':
      return reply.code(202).send({ orderId, status: 'accepted' })
    case 'repeated':
      reply.header('idempotency-replayed', 'true')
      return reply.code(202).send({ orderId: result.orderId, status: 'accepted' })
    case 'unknown':
      if (key === undefined) return reply.code(202).send({ orderId, status: 'unconfirmed' })
      reply.header('retry-after', '1') // with a key, sending it again is the look-up
      return reply.code(202).send({ status: 'unconfirmed' })
    case 'limit-reached':
      return sendProblem(reply, result.kind, { orderIds: result.orderIds })
    case 'idempotency-mismatch':
    case 'sold-out':
      return sendProblem(reply, result.kind)
    case 'not-open':
      return sendProblem(reply, await whyNotOpen(board, saleId))
    case 'late':
    case 'old-epoch':
    case 'unavailable':
      void board.refresh({ fresh: result.kind === 'old-epoch' })
      return sendProblem(reply, 'try-later')
  }
}

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
