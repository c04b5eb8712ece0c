import { AuditedOrders } from '@flashsale/contracts/http/order.ts'
import { OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { Problem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { auditOrders } from '../db/audit-orders.ts'

const schema = {
  querystring: z.object({
    saleId: SaleId,
    after: OrderId.optional(),
    limit: z.coerce.number().int().min(1).max(5000).default(1000),
  }),
  response: { 200: AuditedOrders, 400: Problem },
}

export const audit: FastifyPluginAsyncZod<{ db: Db }> = async (app, { db }) => {
  app.get('/audit/orders', { schema }, async (request) => await auditOrders(db, request.query))
}
