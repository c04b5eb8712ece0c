import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { SaleBoard } from '../jobs/sale-board.ts'
import { problems } from './problems.ts'
import { PublicSale, withState } from './sale-view.ts'

const schema = {
  summary: 'All sales but drafts, cacheable for a second',
  response: { 200: z.object({ sales: z.array(PublicSale) }), 304: z.null(), ...problems(503) },
}
type Deps = { board: SaleBoard }

export const listSales: FastifyPluginAsyncZod<Deps> = async (app, { board }) => {
  app.get('/v1/sales', { schema }, async (_request, reply) => {
    if (board.redisNowMs() === undefined) return sendProblem(reply, 'try-later')
    const sales = board.all().map((sale) => withState(board, sale))
    return reply.code(200).send({ sales: sales.filter(({ state }) => state !== 'draft') })
  })
}
