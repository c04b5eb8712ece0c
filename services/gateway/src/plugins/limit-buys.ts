import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { addressKey } from '../domain/address-key.ts'
import { createBuyLimits } from '../domain/buy-limits.ts'
import { type Limits, limitNames } from '../domain/limits.ts'
import { policyItem, remainingItem, sendRateLimited } from '../http/rate-limited.ts'
import type { LimitBoard } from '../jobs/limit-board.ts'
import { metrics } from '../metrics.ts'

declare module 'fastify' {
  interface FastifyInstance {
    limitBuys(request: FastifyRequest, reply: FastifyReply, done: () => void): void
  }
}

/** Of each attempt: one token of the buyer, one of the address, one of the whole gateway. */
export const limitBuys = fp<{ limits: Pick<LimitBoard, 'share' | 'onShare'> }>(
  async (app, { limits }) => {
    const buyLimits = createBuyLimits(limits.share())
    let policy = policyOf(limits.share())
    limits.onShare((share) => {
      buyLimits.change(share)
      policy = policyOf(share)
    })

    app.decorate('limitBuys', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
      const address = () => addressKey(request.ip)
      const verdict = buyLimits.take({ buyer: request.user.id, address }, performance.now())
      if (!verdict) return done()
      const { limit, remaining, untilFullMs } = verdict
      reply.header('ratelimit-policy', policy)
      reply.header('ratelimit', remainingItem(limit, remaining, untilFullMs))
      if (verdict.allowed) return done()
      metrics.rateLimited.inc({ limit })
      sendRateLimited(reply, verdict.retryAfterMs)
    })
  },
  { name: 'limit-buys', dependencies: ['authenticate'] },
)

/** The window of a bucket is the time that it takes to fill. */
function policyOf(share: Limits): string {
  const items = limitNames.flatMap((name) => {
    const limit = share[name]
    return limit ? [policyItem(name, limit.burst, limit.burst / limit.perSecond)] : []
  })
  return items.join(', ')
}
