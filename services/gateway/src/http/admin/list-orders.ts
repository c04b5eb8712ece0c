import { OrderPage, OrderState } from '@flashsale/contracts/http/order.ts'
import { SaleId } from '@flashsale/contracts/ids.ts'
import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { OrderClient } from '../../clients/order.ts'
import { bearer } from '../../plugins/openapi.ts'
import { problems } from '../problems.ts'

const schema = {
  ...bearer,
  summary: 'Orders of all buyers, newest first',
  querystring: z.object({
    saleId: SaleId.optional(),
    state: OrderState.optional(),
    cursor: z.string().max(64).optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  }),
  response: { 200: OrderPage, ...problems(400, 401, 403, 429, 503) },
}
type Deps = { order: Pick<OrderClient, 'listAll'> }

export const listAllOrders: FastifyPluginAsyncZod<Deps> = async (app, { order }) => {
  app.get('/orders', { schema }, async (request, reply) => {
    const result = await order.listAll(request.query)
    switch (result.kind) {
      case 'page':
        return reply.code(200).send(result.page)
      case 'invalid-request':
        return sendProblem(reply, 'invalid-request')
      case 'unreachable':
        return sendProblem(reply, 'try-later')
    }
  })
}
