import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { BanList } from '../../jobs/ban-list.ts'
import { bearer } from '../../plugins/openapi.ts'
import type { AdminAction } from '../../plugins/record-actions.ts'
import { readUnverified } from '../../tokens/check-token.ts'
import { nameOfJti, nameOfToken } from '../../tokens/token-names.ts'
import { problems } from '../problems.ts'

const NEVER_MS = Number.MAX_SAFE_INTEGER
const notOurs = { errors: [{ at: 'body/token', message: 'is no token of a kind taken here' }] }

const schema = {
  ...bearer,
  summary: 'Withdraw a token: 401 wherever it is shown, for ever',
  body: z.union([
    z.strictObject({ token: z.string().min(1).max(8_192) }),
    z.strictObject({ jti: z.string().min(1).max(256) }),
  ]),
  response: {
    200: z.object({ withdrawn: z.literal(true) }),
    ...problems(400, 401, 403, 409, 413, 415, 429, 503),
  },
}
type Deps = { bans: Pick<BanList, 'change' | 'isWithdrawn'> }

/** PUT /withdrawn-tokens, by the token itself or by its `jti`. The token is not kept: a hash is. */
export const withdrawToken: FastifyPluginAsyncZod<Deps> = async (app, { bans }) => {
  const nameOf = ({ body }: FastifyRequest) => whichToken(body as Body)?.token
  const action: AdminAction = {
    name: 'token.withdraw',
    target: (request) => `token:${nameOf(request) ?? 'none of a kind taken here'}`,
    asked: () => undefined, // it may hold the token
    before: (request) => ({ withdrawn: bans.isWithdrawn(nameOf(request) ?? '') }),
    recordCanWait: true,
  }
  app.put('/withdrawn-tokens', { schema, config: { action } }, async (request, reply) => {
    const wanted = whichToken(request.body)
    if (!wanted) return sendProblem(reply, 'invalid-request', notOurs)
    switch (await bans.change({ change: 'withdraw', ...wanted })) {
      case 'done':
        return reply.code(200).send({ withdrawn: true })
      case 'full':
        return sendProblem(reply, 'too-many-bans')
      case 'unreachable':
        return sendProblem(reply, 'try-later')
    }
  })
}

/** Its end is as it says itself: with another one it is another token, which nobody signed. */
type Body = z.infer<(typeof schema)['body']>
function whichToken(body: Body) {
  if ('jti' in body) return { token: nameOfJti(body.jti), endsAtMs: NEVER_MS }
  const said = readUnverified(body.token)
  if (!said) return undefined
  const endsAtMs = Math.min(Math.max(Math.ceil(said.expiresAtMs), 0), NEVER_MS)
  return { token: nameOfToken(body.token), endsAtMs }
}
