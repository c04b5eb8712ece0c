import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type Bucket, createTokenBuckets } from '../domain/token-bucket.ts'

declare module 'fastify' {
  interface FastifyInstance {
    limitBuyer(request: FastifyRequest, reply: FastifyReply): Promise<unknown>
  }
}

/** Headers as in draft-ietf-httpapi-ratelimit-headers; the window is the time a bucket takes to fill. */
export const limitBuyer = fp<{ bucket: Bucket }>(
  async (app, { bucket }) => {
    const { capacity, perSecond } = bucket
    const buckets = createTokenBuckets(bucket)
    const policy = `"buyer";q=${capacity};w=${Math.max(1, Math.ceil(capacity / perSecond))}`

    app.decorate('limitBuyer', async (request: FastifyRequest, reply: FastifyReply) => {
      const taken = buckets.take(request.user.id, performance.now())
      const untilFull = Math.ceil((capacity - taken.remaining) / perSecond)
      reply.header('ratelimit-policy', policy)
      reply.header('ratelimit', `"buyer";r=${taken.remaining};t=${untilFull}`)
      if (taken.allowed) return
      reply.header('retry-after', Math.max(1, Math.ceil(taken.retryAfterMs / 1000)))
      return sendProblem(reply, 'rate-limited')
    })
  },
  { name: 'limit-buyer', dependencies: ['authenticate'] },
)
