import type { Attempt, AttemptResult, SaleFacts } from '@flashsale/contracts/http/inventory.ts'
import { OrderId } from '@flashsale/contracts/ids.ts'
import type { OrderIds } from '@flashsale/contracts/order-id.ts'
import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { InventoryClient } from '../clients/inventory.ts'
import type { BuyersSeen } from '../domain/buyers-seen.ts'
import { earlyAnswer } from '../domain/early-answer.ts'
import { fingerprint } from '../domain/fingerprint.ts'
import type { SaleBoard } from '../jobs/sale-board.ts'
import { bearer } from '../plugins/openapi.ts'
import { problems } from './problems.ts'

const ATTEMPT_LIVES_MS = 1000
const PASS_CHARS_MAX = 4096

const schema = {
  ...bearer,
  summary: 'Buy: all of the quantity, or none',
  params: z.object({ saleId: z.string() }), // no such sale is 404, and only after the body was read
  headers: z.object({ 'idempotency-key': z.string().min(1).max(64).optional() }),
  body: z.strictObject({
    quantity: z.int().min(1),
    pass: z.string().max(PASS_CHARS_MAX).optional(), // read only where the sale asks for one
  }),
  response: {
    202: z.object({ orderId: OrderId.optional(), status: z.enum(['accepted', 'unconfirmed']) }),
    ...problems(400, 401, 404, 409, 413, 415, 422, 429, 503),
  },
}
type Deps = {
  board: SaleBoard
  inventory: Pick<InventoryClient, 'reserve'>
  orderIds: OrderIds
  buyersSeen: BuyersSeen
}

export const buy: FastifyPluginAsyncZod<Deps> = async (app, deps) => {
  const { board, inventory, orderIds, buyersSeen } = deps
  const guards = { onRequest: app.authenticate, preHandler: app.limitBuyer }

  app.post('/v1/sales/:saleId/orders', { ...guards, schema }, async (request, reply) => {
    const { quantity, pass } = request.body
    const key = request.headers['idempotency-key']
    const buyerId = request.user.id

    const found = await board.find(request.params.saleId)
    if (found.kind === 'unreachable') return sendProblem(reply, 'try-later')
    if (found.kind === 'absent') return sendProblem(reply, 'sale-not-found')
    const { sale } = found
    if (quantity > sale.perBuyerLimit) return sendProblem(reply, 'invalid-request', overLimit(sale))

    const early = earlyAnswer({
      state: board.stateOf(sale),
      stockKnown: board.knowsStockOf(sale),
      hasKey: key !== undefined,
      mayHoldUnits: buyersSeen.has(sale.id, buyerId),
    })
    if (early) return sendProblem(reply, early)
    const nowMs = board.redisNowMs()
    if (nowMs === undefined) return sendProblem(reply, 'try-later')

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
    return answer(reply, attempt, result, board)
  })
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
      void board.refresh()
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
