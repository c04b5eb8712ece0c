import { ActionQuery, AdminActionPage } from '@flashsale/contracts/http/admin-actions.ts'
import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { ActionRecord } from '../../jobs/action-record.ts'
import { bearer } from '../../plugins/openapi.ts'
import { problems } from '../problems.ts'

const schema = {
  ...bearer,
  summary: 'What operators did: who, what, before, after; newest first',
  description:
    'A buyer stands in it as a hashed subject, and is found by `buyer`. `outcome` is `done`, the code of a problem, or `unknown`.',
  querystring: ActionQuery,
  response: { 200: AdminActionPage, ...problems(400, 401, 403, 429, 503) },
}
type Deps = { actionRecord: Pick<ActionRecord, 'list'> }

export const listActions: FastifyPluginAsyncZod<Deps> = async (app, { actionRecord }) => {
  app.get('/actions', { schema }, async (request, reply) => {
    const result = await actionRecord.list(request.query)
    switch (result.kind) {
      case 'page':
        return reply.code(200).send(result.page)
      case 'invalid-request':
        return sendProblem(reply, 'invalid-request')
      case 'unreachable':
        return sendProblem(reply, 'try-later')
    }
  })
}
