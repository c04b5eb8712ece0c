import { OrderPage } from '@flashsale/contracts/http/order.ts'
import { BuyerId, OrderId } from '@flashsale/contracts/ids.ts'
import { Problem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { OrderLists } from '../db/list-orders.ts'

const schema = {
  querystring: z.object({
    buyerId: BuyerId,
    cursor: OrderId.optional(),
    limit: z.coerce.number().int().min(1).max(100).default(20),
  }),
  response: { 200: OrderPage, 400: Problem },
}

export const listOrders: FastifyPluginAsyncZod<{ lists: OrderLists }> = async (app, { lists }) => {
  app.get('/orders', { schema }, async (request) => {
    const { buyerId, cursor, limit } = request.query
    return await lists.ofBuyer(buyerId, { cursor, limit })
  })
}
