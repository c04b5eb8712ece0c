import { SaleId } from '@flashsale/contracts/ids.ts'
import { Problem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ListedSale, type SaleList } from '../db/list-sales.ts'

const schema = {
  querystring: z.object({
    cursor: SaleId.optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  }),
  response: {
    200: z.object({ sales: z.array(ListedSale), nextCursor: SaleId.optional() }),
    400: Problem,
  },
}

export const listSales: FastifyPluginAsyncZod<{ saleList: SaleList }> = async (
  app,
  { saleList },
) => {
  app.get('/admin/sales', { schema }, ({ query }) => saleList.page(query))
}
