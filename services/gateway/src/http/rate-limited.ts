import { type Answer, readyProblem, sendAnswer } from '@flashsale/service-kit/problem.ts'
import type { FastifyReply } from 'fastify'

export function rateLimited(retryAfterMs: number): Answer {
  const { status, headers, body } = readyProblem('rate-limited')
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000))
  return { status, headers: { ...headers, 'retry-after': String(seconds) }, body }
}

/** A crowd is sent away with it: not looked at by a schema, and not written anew each time. */
export function sendRateLimited(reply: FastifyReply, retryAfterMs: number): FastifyReply {
  return sendAnswer(reply, rateLimited(retryAfterMs))
}

/** As in draft-ietf-httpapi-ratelimit-headers: so many in so many seconds. */
export const policyItem = (name: string, quota: number, windowSeconds: number) =>
  `"${name}";q=${Math.floor(quota)};w=${Math.max(1, Math.ceil(windowSeconds))}`

export const remainingItem = (name: string, remaining: number, untilFullMs: number) =>
  `"${name}";r=${remaining};t=${Math.ceil(untilFullMs / 1000)}`
