import { OrderPage, OrderState } from '@flashsale/contracts/http/order.ts'
import { OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import { Problem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { OrderLists } from '../db/list-orders.ts'

const schema = {
  querystring: z.object({
    saleId: SaleId.optional(),
    state: OrderState.optional(),
    cursor: OrderId.optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  }),
  response: { 200: OrderPage, 400: Problem },
}

export const listAllOrders: FastifyPluginAsyncZod<{ lists: OrderLists }> = async (
  app,
  { lists },
) => {
  app.get('/admin/orders', { schema }, async (request) => {
    const { cursor, limit, ...filter } = request.query
    return await lists.ofAll(filter, { cursor, limit })
  })
}
