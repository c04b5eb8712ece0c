import type { OrderIds } from '@flashsale/contracts/order-id.ts'
import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { BuyerOrders } from '../clients/buyer-orders.ts'
import { bearer } from '../plugins/openapi.ts'
import { askerOf, trackHeaders } from './asker.ts'
import { OrderOfBuyer, orderParams } from './order-of-buyer.ts'
import { problems } from './problems.ts'

const schema = {
  ...bearer,
  summary: 'What became of an attempt or an order',
  params: orderParams,
  headers: z.object(trackHeaders),
  response: { 200: OrderOfBuyer, ...problems(401, 403, 404, 503) },
}
type Deps = { orderIds: OrderIds; buyerOrders: BuyerOrders }

export const readOrder: FastifyPluginAsyncZod<Deps> = async (app, { orderIds, buyerOrders }) => {
  app.get('/v1/orders/:id', { onRequest: app.authenticate, schema }, async (request, reply) => {
    const { id } = request.params
    const buyerId = request.user.id
    if (!orderIds.belongsTo(id, buyerId)) return sendProblem(reply, 'order-not-found')
    const found = await buyerOrders.find(id, buyerId, askerOf(request))
    switch (found.kind) {
      case 'order':
        return reply.code(200).send(found.order)
      case 'none':
        return sendProblem(reply, 'order-not-found')
      case 'unreachable':
        return sendProblem(reply, 'try-later')
    }
  })
}
