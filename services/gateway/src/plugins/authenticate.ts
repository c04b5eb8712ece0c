import jwt from '@fastify/jwt'
import { BuyerId } from '@flashsale/contracts/ids.ts'
import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { z } from 'zod'
import { createKnownTokens } from './known-tokens.ts'

const TOKENS_MAX = 50_000 // known ones; about 1 kB each

/** Postgres stores no NUL and no half of a surrogate pair: such a `sub` would stop a whole batch. */
const storable = (text: string) => text.isWellFormed() && !text.includes('\0')

const Claims = z
  .object({
    sub: BuyerId.refine(storable),
    role: z.string().optional(),
    exp: z.number().optional(), // seconds since 1970
  })
  .transform(({ sub, role, exp }) => ({
    id: sub,
    isAdmin: role === 'admin',
    expiresAtMs: exp === undefined ? undefined : exp * 1000,
  }))

declare module '@fastify/jwt' {
  interface FastifyJWT {
    user: z.infer<typeof Claims>
  }
}
declare module 'fastify' {
  interface FastifyInstance {
    authenticate(request: FastifyRequest, reply: FastifyReply): Promise<unknown>
    requireAdmin(request: FastifyRequest, reply: FastifyReply): Promise<unknown>
  }
}

export const authenticate = fp<{ secret: string }>(
  async (app, { secret }) => {
    await app.register(jwt, {
      secret,
      verify: { algorithms: ['HS256'] },
      formatUser: (payload) => Claims.parse(payload),
    })
    const known = createKnownTokens<z.infer<typeof Claims>>(TOKENS_MAX)

    app.decorate('authenticate', async (request: FastifyRequest, reply: FastifyReply) => {
      const token = request.headers.authorization ?? ''
      const user = known.get(token, Date.now())
      if (user) {
        request.user = user
        return
      }
      try {
        await request.jwtVerify()
        known.add(token, request.user)
      } catch {
        return sendProblem(reply.header('www-authenticate', 'Bearer'), 'unauthenticated')
      }
    })
    app.decorate('requireAdmin', async (request: FastifyRequest, reply: FastifyReply) => {
      await app.authenticate(request, reply)
      if (!reply.sent && !request.user.isAdmin) return sendProblem(reply, 'forbidden')
    })
  },
  { name: 'authenticate' },
)
