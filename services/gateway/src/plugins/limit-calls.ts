import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { policyItem, remainingItem, sendRateLimited } from '../http/rate-limited.ts'
import { metrics } from '../metrics.ts'
import type { CallCounts } from '../redis/call-counts.ts'

/** Slow calls of one kind, each kind counted by itself. */
export type CallKind = 'payment' | 'admin'
export type SlowCalls = Record<CallKind, CallCounts>

declare module 'fastify' {
  interface FastifyInstance {
    /** A hook for after the one that asks who is calling. */
    limitCalls(
      kind: CallKind,
    ): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>
  }
}

/** Each caller's calls of a kind, at all gateways together; while Redis is away, at each alone. */
export const limitCalls = fp<{ slowCalls: SlowCalls }>(
  async (app, { slowCalls }) => {
    app.decorate('limitCalls', (kind: CallKind) => {
      const { calls, perSeconds, count } = slowCalls[kind]
      const policy = policyItem(kind, calls, perSeconds)

      return async (request: FastifyRequest, reply: FastifyReply) => {
        const { allowed, remaining, untilResetMs, byAll } = await count(request.user.id)
        if (!byAll) metrics.countedAlone.inc({ kind })
        reply.header('ratelimit-policy', policy)
        reply.header('ratelimit', remainingItem(kind, remaining, untilResetMs))
        if (allowed) return undefined
        metrics.rateLimited.inc({ limit: kind })
        return sendRateLimited(reply, untilResetMs)
      }
    })
  },
  { name: 'limit-calls', dependencies: ['authenticate'] },
)
