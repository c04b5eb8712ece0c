import { NewSale, SaleFacts, SalesAnswer } from '@flashsale/contracts/http/inventory.ts'
import { Problem, sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { createSale, type SaleDeps } from '../stock/change-sale.ts'
import { readAllFacts, readOneSale } from '../stock/sale-facts.ts'

export const readSales: FastifyPluginAsyncZod<SaleDeps> = async (app, deps) => {
  const schema = { response: { 200: SalesAnswer } }
  app.get('/sales', { schema }, () => readAllFacts(deps))
}

export const addSale: FastifyPluginAsyncZod<SaleDeps> = async (app, deps) => {
  const schema = { body: NewSale, response: { 201: SaleFacts, 503: Problem } }
  app.post('/sales', { schema }, async (request, reply) => {
    const created = await createSale(deps, request.body)
    const sale = created.kind === 'created' && (await deps.register.find(created.id))
    if (!sale) return sendProblem(reply, 'try-later')
    return reply.code(201).send(await readOneSale(deps, sale))
  })
}
