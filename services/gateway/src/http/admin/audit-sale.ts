import { Audit } from '@flashsale/contracts/http/audit.ts'
import { SaleId } from '@flashsale/contracts/ids.ts'
import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { InventoryAdmin } from '../../clients/inventory-admin.ts'
import { bearer } from '../../plugins/openapi.ts'
import { problems } from '../problems.ts'

const schema = {
  ...bearer,
  summary: 'The books of a sale, read while it runs',
  params: z.object({ saleId: SaleId }),
  response: { 200: Audit, ...problems(401, 403, 404, 429, 503) },
}
const config = { notFound: 'sale-not-found' } as const
type Deps = { inventoryAdmin: Pick<InventoryAdmin, 'audit'> }

export const auditSale: FastifyPluginAsyncZod<Deps> = async (app, { inventoryAdmin }) => {
  app.get('/sales/:saleId/audit', { schema, config }, async (request, reply) => {
    const result = await inventoryAdmin.audit(request.params.saleId)
    switch (result.kind) {
      case 'audit':
        return reply.code(200).send(result.audit)
      case 'sale-not-found':
        return sendProblem(reply, result.kind)
      case 'unreachable':
        return sendProblem(reply, 'try-later')
    }
  })
}
