import { problem } from '@flashsale/service-kit/problem.ts'
import type { FastifyReply } from 'fastify'

/** A crowd is sent away with it: not looked at by a schema, and not written anew each time. */
const BODY = Buffer.from(JSON.stringify(problem('rate-limited')))

export function sendRateLimited(reply: FastifyReply, retryAfterMs: number): FastifyReply {
  return reply
    .code(429)
    .header('content-type', 'application/problem+json')
    .header('retry-after', Math.max(1, Math.ceil(retryAfterMs / 1000)))
    .send(BODY)
}

/** As in draft-ietf-httpapi-ratelimit-headers: so many in so many seconds. */
export const policyItem = (name: string, quota: number, windowSeconds: number) =>
  `"${name}";q=${Math.floor(quota)};w=${Math.max(1, Math.ceil(windowSeconds))}`

export const remainingItem = (name: string, remaining: number, untilFullMs: number) =>
  `"${name}";r=${remaining};t=${Math.ceil(untilFullMs / 1000)}`
