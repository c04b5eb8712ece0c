import { ActionHeaders, actionOf } from '@flashsale/contracts/http/admin-actions.ts'
import { SaleFacts } from '@flashsale/contracts/http/inventory.ts'
import { SaleId } from '@flashsale/contracts/ids.ts'
import { Problem, sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { changePhase, type SaleDeps } from '../stock/change-sale.ts'
import { readOneSale } from '../stock/sale-facts.ts'

const phases = { pause: 'paused', resume: 'ready', close: 'closed' } as const

const schema = {
  params: z.object({ id: SaleId, action: z.enum(['pause', 'resume', 'close']) }),
  headers: ActionHeaders,
  response: { 200: SaleFacts, 404: Problem, 409: Problem },
}

const config = { notFound: 'sale-not-found' } as const

export const movePhase: FastifyPluginAsyncZod<SaleDeps> = async (app, deps) => {
  app.post('/sales/:id/:action(pause|resume|close)', { schema, config }, async (request, reply) => {
    const { id, action } = request.params
    const sale = await deps.register.find(id)
    if (!sale) return sendProblem(reply, 'sale-not-found')
    const { kind } = await changePhase(deps, sale, phases[action], actionOf(request))
    if (kind === 'conflict') return sendProblem(reply, 'sale-state-conflict')
    return reply.send(await readOneSale(deps, (await deps.register.find(id)) ?? sale))
  })
}
