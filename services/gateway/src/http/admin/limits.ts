import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { LimitChanges, Limits } from '../../domain/limits.ts'
import type { LimitBoard } from '../../jobs/limit-board.ts'
import { bearer } from '../../plugins/openapi.ts'
import type { AdminAction } from '../../plugins/record-actions.ts'
import { problems } from '../problems.ts'

const Body = z
  .strictObject(LimitChanges.shape)
  .refine((changes) => Object.keys(changes).length > 0, { message: 'no limit is named' })

const readSchema = {
  ...bearer,
  summary: 'The limits on buying, of all gateways together; null is no limit',
  response: { 200: Limits, ...problems(401, 403, 429, 503) },
}
const changeSchema = {
  ...bearer,
  summary: 'Set limits on buying, for all gateways within 2 s; what is not named stays as it is',
  body: Body,
  response: { 200: Limits, ...problems(400, 401, 403, 413, 415, 429, 503) },
}
type Deps = { limits: Pick<LimitBoard, 'read' | 'change'> }

export const readLimits: FastifyPluginAsyncZod<Deps> = async (app, { limits }) => {
  app.get('/limits', { schema: readSchema }, async (_request, reply) =>
    reply.code(200).send(await limits.read()),
  )
}

export const changeLimits: FastifyPluginAsyncZod<Deps> = async (app, { limits }) => {
  const action: AdminAction = {
    name: 'limits.change',
    target: () => 'limits',
    before: () => limits.read(),
    recordCanWait: true,
  }
  app.put('/limits', { schema: changeSchema, config: { action } }, async (request, reply) => {
    const changed = await limits.change(request.body, request.user.id)
    return changed ? reply.code(200).send(changed) : sendProblem(reply, 'try-later')
  })
}
