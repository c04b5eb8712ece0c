import type { OrderIds } from '@flashsale/contracts/order-id.ts'
import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { BuyerOrders } from '../clients/buyer-orders.ts'
import { createLastAnswers } from '../domain/last-answers.ts'
import type { BuyerOrder } from '../domain/order-status.ts'
import { bearer } from '../plugins/openapi.ts'
import { askerOf, trackHeaders } from './asker.ts'
import type { Switches } from './closed.ts'
import { OrderOfBuyer, orderParams } from './order-of-buyer.ts'
import { problems } from './problems.ts'
import { staleHeaders } from './stale.ts'

const REMEMBERED = { most: 20_000, forMs: 600_000 } // orders, as they were told last

const schema = {
  ...bearer,
  summary: 'What became of an attempt or an order',
  params: orderParams,
  headers: z.object(trackHeaders),
  response: { 200: OrderOfBuyer, ...problems(401, 403, 404, 503) },
}
type Deps = { runtimeConfig: Switches; orderIds: OrderIds; buyerOrders: BuyerOrders }

export const readOrder: FastifyPluginAsyncZod<Deps> = async (app, deps) => {
  const { runtimeConfig, orderIds, buyerOrders } = deps
  const last = createLastAnswers<BuyerOrder>(REMEMBERED)

  app.get('/v1/orders/:id', { onRequest: app.authenticate, schema }, async (request, reply) => {
    const { id } = request.params
    const buyerId = request.user.id
    if (!orderIds.belongsTo(id, buyerId)) return sendProblem(reply, 'order-not-found')
    const found = await buyerOrders.find(id, buyerId, askerOf(request))
    switch (found.kind) {
      case 'order':
        last.remember(id, found.order, performance.now())
        return reply.code(200).send(found.order)
      case 'none':
        return sendProblem(reply, 'order-not-found')
      case 'unreachable': {
        const { serveStale } = runtimeConfig.current().switches
        const told = serveStale ? last.recall(id, performance.now()) : undefined
        if (!told) return sendProblem(reply, 'try-later')
        return reply.code(200).headers(staleHeaders(told.ageSeconds)).send(told.answer)
      }
    }
  })
}
