import { type ProblemCode, sendReady } from '@flashsale/service-kit/problem.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Bearers } from '../tokens/bearers.ts'
import type { Bearer } from '../tokens/check-token.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** After `authenticate` or `requireAdmin`. */
    user: Bearer
  }
  interface FastifyInstance {
    authenticate(request: FastifyRequest, reply: FastifyReply): Promise<unknown>
    requireAdmin(request: FastifyRequest, reply: FastifyReply): Promise<unknown>
  }
}

export const authenticate = fp<{ bearers: Bearers }>(
  async (app, { bearers }) => {
    /** What is against it; with nothing, `request.user` is who calls. */
    const identify = async (request: FastifyRequest): Promise<ProblemCode | undefined> => {
      const identified = await bearers.identify(request.headers.authorization ?? '')
      if ('no' in identified) return identified.no
      request.user = identified.bearer
      return undefined
    }

    app.decorateRequest('user')
    app.decorate('authenticate', async (request: FastifyRequest, reply: FastifyReply) => {
      const no = await identify(request)
      if (no) return refuse(reply, no)
      if (bearers.isBanned(request.user)) return refuse(reply, 'banned')
    })
    app.decorate('requireAdmin', async (request: FastifyRequest, reply: FastifyReply) => {
      const no = await identify(request)
      if (no) return refuse(reply, no)
      if (!request.user.isAdmin) return refuse(reply, 'forbidden')
    })
  },
  { name: 'authenticate' },
)

export const unauthenticated = { 'www-authenticate': 'Bearer' }

function refuse(reply: FastifyReply, code: ProblemCode) {
  if (code === 'unauthenticated') reply.headers(unauthenticated)
  return sendReady(reply, code)
}
