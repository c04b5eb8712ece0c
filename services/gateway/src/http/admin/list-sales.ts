import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type InventoryAdmin, ListedSale } from '../../clients/inventory-admin.ts'
import type { SaleBoard } from '../../jobs/sale-board.ts'
import { bearer } from '../../plugins/openapi.ts'
import { problems } from '../problems.ts'
import { saleState, withState } from '../sale-view.ts'

const schema = {
  ...bearer,
  summary: 'All sales, newest first',
  querystring: z.object({
    cursor: z.string().max(64).optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  }),
  response: {
    200: z.object({
      sales: z.array(ListedSale.extend({ state: saleState })),
      nextCursor: z.string().optional(),
    }),
    ...problems(400, 401, 403, 429, 503),
  },
}
type Deps = { board: SaleBoard; inventoryAdmin: Pick<InventoryAdmin, 'list'> }

export const listAllSales: FastifyPluginAsyncZod<Deps> = async (app, { board, inventoryAdmin }) => {
  app.get('/sales', { schema }, async (request, reply) => {
    const result = await inventoryAdmin.list(request.query)
    switch (result.kind) {
      case 'page': {
        const { sales, ...rest } = result.page
        return reply.code(200).send({ sales: sales.map((one) => withState(board, one)), ...rest })
      }
      case 'invalid-request':
        return sendProblem(reply, 'invalid-request')
      case 'unreachable':
        return sendProblem(reply, 'try-later')
    }
  })
}
