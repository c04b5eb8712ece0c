import { type ProblemCode, sendReady } from '@flashsale/service-kit/problem.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { BanList } from '../jobs/ban-list.ts'
import { metrics } from '../metrics.ts'
import { type Bearer, createTokenCheck } from '../tokens/check-token.ts'
import type { KeyRing } from '../tokens/key-ring.ts'
import { createKnownTokens } from '../tokens/known-tokens.ts'
import { nameOfJti, nameOfToken } from '../tokens/token-names.ts'

const KNOWN_MAX = { tokens: 100_000, chars: 50_000_000 }

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

export type Authentication = {
  keys: KeyRing
  /** Where there is a key set. */
  fetchKeys?: (() => Promise<boolean>) | undefined
  bans: Pick<BanList, 'isBanned' | 'hasWithdrawn' | 'isWithdrawn'>
}
/** `names` are those it can be withdrawn by, made when there is anything to compare them with. */
type Known = Bearer & { names?: string[] }

export const authenticate = fp<Authentication>(
  async (app, { keys, fetchKeys, bans }) => {
    const check = createTokenCheck({ keys, fetchKeys })
    const known = createKnownTokens<Known>(KNOWN_MAX)
    keys.onGone((gone) => known.forgetIf(({ key }) => gone.has(key)))

    /** What is against it; with nothing, `request.user` is who calls. */
    const identify = async (request: FastifyRequest): Promise<ProblemCode | undefined> => {
      const header = request.headers.authorization ?? ''
      let bearer = known.get(header, Date.now())
      if (!bearer) {
        const checked = await check(tokenOf(header), Date.now())
        metrics.tokensChecked.inc({ outcome: checked.kind })
        if (checked.kind === 'unknown') return 'try-later'
        if (checked.kind === 'refused') return 'unauthenticated'
        bearer = checked.bearer
        known.add(header, bearer)
      }
      if (bans.hasWithdrawn()) {
        bearer.names ??= namesOf(bearer, tokenOf(header))
        if (bearer.names.some(bans.isWithdrawn)) return 'unauthenticated'
      }
      request.user = bearer
      return undefined
    }

    app.decorateRequest('user')
    app.decorate('authenticate', async (request: FastifyRequest, reply: FastifyReply) => {
      const no = await identify(request)
      if (no) return refuse(reply, no)
      if (bans.isBanned(request.user.id)) return refuse(reply, 'banned')
    })
    app.decorate('requireAdmin', async (request: FastifyRequest, reply: FastifyReply) => {
      const no = await identify(request)
      if (no) return refuse(reply, no)
      if (!request.user.isAdmin) return refuse(reply, 'forbidden')
    })
  },
  { name: 'authenticate' },
)

const tokenOf = (header: string) => /^Bearer (\S+)$/i.exec(header)?.[1] ?? ''

const namesOf = ({ jti }: Bearer, token: string) => [
  nameOfToken(token),
  ...(jti === undefined ? [] : [nameOfJti(jti)]),
]

function refuse(reply: FastifyReply, code: ProblemCode) {
  if (code === 'unauthenticated') reply.header('www-authenticate', 'Bearer')
  return sendReady(reply, code)
}
