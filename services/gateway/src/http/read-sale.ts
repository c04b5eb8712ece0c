import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { SaleBoard } from '../jobs/sale-board.ts'
import { problems } from './problems.ts'
import { PublicSale, withState } from './sale-view.ts'

const schema = {
  summary: 'One sale, cacheable for a second',
  params: z.object({ saleId: z.string() }),
  response: { 200: PublicSale, 304: z.null(), ...problems(404, 503) },
}
type Deps = { board: SaleBoard }

export const readSale: FastifyPluginAsyncZod<Deps> = async (app, { board }) => {
  app.get('/v1/sales/:saleId', { schema }, async (request, reply) => {
    const found = await board.find(request.params.saleId)
    switch (found.kind) {
      case 'sale':
        if (board.redisNowMs() === undefined) return sendProblem(reply, 'try-later')
        return reply.code(200).send(withState(board, found.sale))
      case 'absent':
        return sendProblem(reply, 'sale-not-found')
      case 'unreachable':
        return sendProblem(reply, 'try-later')
    }
  })
}
