import { BuyersPage } from '@flashsale/contracts/http/inventory.ts'
import { SaleId } from '@flashsale/contracts/ids.ts'
import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { Problem, sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { parseCursor, readBuyersPage } from '../stock/sale-buyers.ts'
import { type SaleRegister, segmentOf } from '../stock/sale-register.ts'

const schema = {
  params: z.object({ id: SaleId }),
  querystring: z.object({
    epoch: z.coerce.number().int().positive(), // the one the caller knows; at another it can't be said
    after: z.string().max(64).default('stream:'),
  }),
  response: { 200: BuyersPage, 400: Problem, 404: Problem, 503: Problem },
}
const config = { notFound: 'sale-not-found' } as const
type Deps = { db: Db; redis: WatchedRedis; register: SaleRegister }

export const listBuyers: FastifyPluginAsyncZod<Deps> = async (app, deps) => {
  app.get('/sales/:id/buyers', { schema, config }, async (request, reply) => {
    const { epoch, after } = request.query
    const cursor = parseCursor(after)
    if (!cursor) return sendProblem(reply, 'invalid-request')
    const sale = await deps.register.find(request.params.id)
    if (!sale) return sendProblem(reply, 'sale-not-found')
    const page = await readBuyersPage(deps, sale, { ...segmentOf(sale), epoch }, cursor)
    return page ? reply.send(page) : sendProblem(reply, 'try-later')
  })
}
