import {
  SplitRule,
  type SplitService,
  splitServices,
  WantedSplit,
} from '@flashsale/contracts/http/canary.ts'
import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { p99Of } from '../../domain/call-times.ts'
import type { Seen } from '../../domain/judge-canary.ts'
import type { Canary } from '../../jobs/canary.ts'
import type { CanaryBoard } from '../../jobs/canary-board.ts'
import { bearer } from '../../plugins/openapi.ts'
import type { AdminAction } from '../../plugins/record-actions.ts'
import { problems } from '../problems.ts'
import { withoutBuyers } from './without-buyers.ts'

const SeenOfTrack = z.object({
  calls: z.int(),
  errors: z.int(),
  p99Ms: z.number(),
})
const SplitOfService = z.object({
  rule: SplitRule.nullable(),
  seen: z
    .object({ stable: SeenOfTrack, canary: SeenOfTrack })
    .nullable()
    .describe('By the gateway that answers, within the window; null where it knows no canary'),
})
const Splits = z.object({
  inventory: SplitOfService,
  order: SplitOfService,
  payment: SplitOfService,
})
const Body = z
  .strictObject({
    inventory: WantedSplit.nullable(),
    order: WantedSplit.nullable(),
    payment: WantedSplit.nullable(),
  })
  .exactPartial()
  .refine((changes) => Object.keys(changes).length > 0, { message: 'no service is named' })

const readSchema = {
  ...bearer,
  summary: 'How calls are split between two releases of a service, and what became of them lately',
  response: { 200: Splits, ...problems(401, 403, 429, 503) },
}
const changeSchema = {
  ...bearer,
  summary:
    'Set how calls are split, for all gateways within 2 s; null sends all to stable, and what is not named stays',
  body: Body,
  response: { 200: Splits, ...problems(400, 401, 403, 413, 415, 429, 503) },
}
type Deps = { canaryBoard: Pick<CanaryBoard, 'read' | 'change'>; canary: Pick<Canary, 'seen'> }

export const readCanary: FastifyPluginAsyncZod<Deps> = async (app, { canaryBoard, canary }) => {
  app.get('/canary', { schema: readSchema }, async (_request, reply) =>
    reply.code(200).send(withSeen(canary, await canaryBoard.read())),
  )
}

export const changeCanary: FastifyPluginAsyncZod<Deps> = async (app, { canaryBoard, canary }) => {
  const action: AdminAction = {
    name: 'canary.change',
    target: () => 'canary',
    asked: ({ body }) => withoutBuyers(body),
    before: async () => withoutBuyers(await canaryBoard.read()),
    after: withoutBuyers,
    recordCanWait: true,
  }
  app.put('/canary', { schema: changeSchema, config: { action } }, async (request, reply) => {
    const answer = await canaryBoard.change(request.body, request.user.id)
    switch (answer.kind) {
      case 'changed':
        return reply.code(200).send(withSeen(canary, answer.rules))
      case 'invalid-request':
        return sendProblem(reply, answer.kind, { errors: answer.errors })
      default:
        return sendProblem(reply, 'try-later')
    }
  })
}

function withSeen(canary: Deps['canary'], rules: Record<SplitService, SplitRule | null>) {
  const of = (service: SplitService) => {
    const seen = canary.seen(service)
    const told = seen && { stable: inWords(seen.stable), canary: inWords(seen.canary) }
    return { rule: rules[service], seen: told ?? null }
  }
  return Object.fromEntries(splitServices.map((service) => [service, of(service)])) as Record<
    SplitService,
    ReturnType<typeof of>
  >
}

const inWords = ({ calls, errors, times }: Seen) => ({
  calls,
  errors,
  p99Ms: Math.round(p99Of(times) * 10) / 10,
})
