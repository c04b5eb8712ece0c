import { ActionHeaders, actionOf } from '@flashsale/contracts/http/admin-actions.ts'
import { NewSale, SaleFacts, SalesAnswer } from '@flashsale/contracts/http/inventory.ts'
import { Problem, sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Admission } from '../domain/admission.ts'
import { createSale, type SaleDeps } from '../stock/change-sale.ts'
import { readAllFacts, readOneSale } from '../stock/sale-facts.ts'

type ReadDeps = SaleDeps & { admission: Pick<Admission, 'queue'> }

/** `fresh`: with what another instance has changed, too, or an error while the ledger is away. */
export const readSales: FastifyPluginAsyncZod<ReadDeps> = async (app, deps) => {
  const querystring = z.object({ fresh: z.literal('true').optional() })
  const schema = { querystring, response: { 200: SalesAnswer } }
  app.get('/sales', { schema }, async ({ query }) => {
    if (query.fresh) await deps.register.refresh()
    return { ...(await readAllFacts(deps)), queue: deps.admission.queue() }
  })
}

export const addSale: FastifyPluginAsyncZod<SaleDeps> = async (app, deps) => {
  const schema = {
    headers: ActionHeaders,
    body: NewSale,
    response: { 201: SaleFacts, 503: Problem },
  }
  app.post('/sales', { schema }, async (request, reply) => {
    const created = await createSale(deps, request.body, actionOf(request))
    const sale = created.kind === 'created' && (await deps.register.find(created.id))
    if (!sale) return sendProblem(reply, 'try-later')
    return reply.code(201).send(await readOneSale(deps, sale))
  })
}
