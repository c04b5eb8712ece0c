import { BuyerId } from '@flashsale/contracts/ids.ts'
import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { BanList } from '../../jobs/ban-list.ts'
import { rawBody } from '../../plugins/bodies.ts'
import { bearer } from '../../plugins/openapi.ts'
import type { AdminAction } from '../../plugins/record-actions.ts'
import { problems } from '../problems.ts'

const response = {
  200: z.object({ buyer: BuyerId, banned: z.boolean() }),
  ...problems(401, 403, 404, 413, 429, 503),
}
type Call = {
  method: 'PUT' | 'DELETE'
  change: 'ban' | 'unban'
  summary: string
  response: typeof response
}
const calls: Call[] = [
  {
    method: 'PUT',
    change: 'ban',
    summary: 'Ban a buyer: 403 on buying and on every own order',
    response: { ...response, ...problems(409) }, // there is a most of bans
  },
  { method: 'DELETE', change: 'unban', summary: 'Let a banned buyer in again', response },
]
const params = z.object({ buyer: BuyerId })
type Deps = { bans: Pick<BanList, 'change' | 'isBanned'> }

/** PUT and DELETE /banned-buyers/:buyer, without a body. In force at every gateway within 2 s. */
export const banBuyer: FastifyPluginAsyncZod<Deps> = async (app, { bans }) => {
  await app.register(rawBody)
  for (const { method, change, summary, response } of calls) {
    const buyerOf = (request: FastifyRequest) => (request.params as z.infer<typeof params>).buyer
    const action: AdminAction = {
      name: `buyer.${change}`,
      target: (request) => ({ buyer: buyerOf(request) }),
      before: (request) => ({ banned: bans.isBanned(buyerOf(request)) }),
      after: () => ({ banned: change === 'ban' }),
      recordCanWait: true,
    }
    app.route({
      method,
      url: '/banned-buyers/:buyer',
      schema: { ...bearer, summary, params, response },
      config: { action },
      handler: async (request, reply) => {
        const { buyer } = request.params
        switch (await bans.change({ change, buyer })) {
          case 'done':
            return reply.code(200).send({ buyer, banned: change === 'ban' })
          case 'full':
            return sendProblem(reply, 'too-many-bans')
          case 'unreachable':
            return sendProblem(reply, 'try-later')
        }
      },
    })
  }
}
