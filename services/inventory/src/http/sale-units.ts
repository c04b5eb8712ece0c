import { ActionHeaders, actionOf } from '@flashsale/contracts/http/admin-actions.ts'
import { SaleFacts, UnitsBody } from '@flashsale/contracts/http/inventory.ts'
import { SaleId } from '@flashsale/contracts/ids.ts'
import { Problem, sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { addUnits, type SaleDeps, takeOut } from '../stock/change-sale.ts'
import { readOneSale } from '../stock/sale-facts.ts'

const schema = {
  params: z.object({ id: SaleId }),
  headers: ActionHeaders,
  body: UnitsBody,
  response: { 200: SaleFacts, 404: Problem, 409: Problem, 503: Problem },
}

const config = { notFound: 'sale-not-found' } as const

export const restockSale: FastifyPluginAsyncZod<SaleDeps> = async (app, deps) => {
  app.post('/sales/:id/restock', { schema, config }, async (request, reply) => {
    const { id } = request.params
    const sale = await deps.register.find(id)
    if (!sale) return sendProblem(reply, 'sale-not-found')
    const { kind } = await addUnits(deps, sale, request.body.units, actionOf(request))
    if (kind === 'conflict') return sendProblem(reply, 'sale-state-conflict')
    return reply.send(await readOneSale(deps, (await deps.register.find(id)) ?? sale))
  })
}

export const withdrawFromSale: FastifyPluginAsyncZod<SaleDeps> = async (app, deps) => {
  app.post('/sales/:id/withdraw', { schema, config }, async (request, reply) => {
    const { id } = request.params
    const sale = await deps.register.find(id)
    if (!sale) return sendProblem(reply, 'sale-not-found')
    if (deps.redis.status !== 'ready') return sendProblem(reply, 'try-later')
    const { kind, free } = await takeOut(deps, sale, request.body.units)
    if (kind === 'too-few') return sendProblem(reply, 'too-few-available', { available: free })
    if (kind !== 'withdrawn') return sendProblem(reply, 'try-later')
    return reply.send(await readOneSale(deps, sale))
  })
}
