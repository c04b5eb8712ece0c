import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { BuyerOrders } from '../clients/buyer-orders.ts'
import type { OrderClient } from '../clients/order.ts'
import { bearer } from '../plugins/openapi.ts'
import { askerOf, trackHeaders } from './asker.ts'
import { OrderOfBuyer } from './order-of-buyer.ts'
import { problems } from './problems.ts'

const schema = {
  ...bearer,
  summary: 'Own orders, newest first',
  querystring: z.object({
    cursor: z.string().max(64).optional(),
    limit: z.coerce.number().int().min(1).max(100).default(20),
  }),
  headers: z.object(trackHeaders),
  response: {
    200: z.object({ orders: z.array(OrderOfBuyer), nextCursor: z.string().optional() }),
    ...problems(400, 401, 403, 503),
  },
}
type Deps = { order: Pick<OrderClient, 'list'>; buyerOrders: BuyerOrders }

export const listOrders: FastifyPluginAsyncZod<Deps> = async (app, { order, buyerOrders }) => {
  app.get('/v1/orders', { onRequest: app.authenticate, schema }, async (request, reply) => {
    const wanted = { buyerId: request.user.id, ...request.query }
    const found = await order.list(wanted, askerOf(request))
    switch (found.kind) {
      case 'page': {
        const { orders: rows, ...rest } = found.page
        const orders = await Promise.all(rows.map(buyerOrders.seen))
        return reply.code(200).send({ orders, ...rest })
      }
      case 'invalid-request':
        return sendProblem(reply, 'invalid-request')
      case 'unreachable':
        return sendProblem(reply, 'try-later')
    }
  })
}
