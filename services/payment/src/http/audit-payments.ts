import { AuditedPayments } from '@flashsale/contracts/http/order.ts'
import { PaymentId, SaleId } from '@flashsale/contracts/ids.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { Problem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { auditedPayments } from '../db/audited-payments.ts'

const LIMIT_MAX = 5000

const schema = {
  querystring: z.strictObject({
    saleId: SaleId,
    after: PaymentId.optional(),
    limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(1000),
  }),
  response: { 200: AuditedPayments, 400: Problem },
}

export const auditPayments: FastifyPluginAsyncZod<{ db: Db }> = async (app, { db }) => {
  app.get('/internal/audit/payments', { schema }, async (request) => {
    const { saleId, after, limit } = request.query
    const payments = await auditedPayments(db, { saleId, after, limit })
    const last = payments.at(-1)
    return payments.length === limit && last ? { payments, next: last.id } : { payments }
  })
}
