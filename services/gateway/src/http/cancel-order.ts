import type { OrderIds } from '@flashsale/contracts/order-id.ts'
import { sendAnswer, sendProblem } from '@flashsale/service-kit/problem.ts'
import { inSteps } from '@flashsale/tracing/spans.ts'
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { BuyerOrders } from '../clients/buyer-orders.ts'
import type { OrderClient } from '../clients/order.ts'
import { bearer } from '../plugins/openapi.ts'
import { askerOf, trackHeaders } from './asker.ts'
import { closedBy, type Switches } from './closed.ts'
import { OrderStatus, orderParams } from './order-of-buyer.ts'
import { problems } from './problems.ts'

const schema = {
  ...bearer,
  summary: 'Cancel while unpaid, also before the hold is known',
  params: orderParams,
  headers: z.object(trackHeaders),
  response: { 200: OrderStatus, ...problems(401, 403, 404, 409, 413, 503) },
}
type Deps = {
  runtimeConfig: Switches
  orderIds: OrderIds
  order: Pick<OrderClient, 'cancel'>
  buyerOrders: Pick<BuyerOrders, 'seenByHold'>
}

export const cancelOrder: FastifyPluginAsyncZod<Deps> = async (app, deps) => {
  const { runtimeConfig, orderIds, order, buyerOrders } = deps
  const guards = { onRequest: app.authenticate }

  app.post('/v1/orders/:id/cancel', { ...guards, schema }, async (request, reply) => {
    const { id } = request.params
    const { readOnly } = runtimeConfig.current().switches
    if (readOnly) return sendAnswer(reply as FastifyReply, closedBy('readOnly'))
    const buyerId = request.user.id
    if (!orderIds.belongsTo(id, buyerId)) return sendProblem(reply, 'order-not-found')
    const step = { name: 'POST /v1/orders/:id/cancel', orderId: id, kind: 'server' } as const
    const asker = askerOf(request)
    const result = await inSteps([step], () => order.cancel(id, buyerId, asker))
    switch (result.kind) {
      case 'cancelled':
        return reply.code(200).send({ id, status: 'cancelled' })
      case 'wanted': {
        const { status } = await buyerOrders.seenByHold(id)
        return reply.code(200).send({ id, status })
      }
      case 'not-cancellable':
        return sendProblem(reply, 'not-cancellable')
      case 'none':
        return sendProblem(reply, 'order-not-found')
      case 'unreachable':
        return sendProblem(reply, 'try-later')
    }
  })
}
