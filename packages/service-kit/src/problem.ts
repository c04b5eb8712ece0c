import type { FastifyReply } from 'fastify'
import { z } from 'zod'

const PREFIX = 'urn:flashsale:problem:'
export const PROBLEM_TYPE = 'application/problem+json'

type Kind = { status: number; title: string; retryAfterSeconds?: number }
const kinds = {
  'invalid-request': { status: 400, title: 'The request is not well formed' },
  unauthenticated: { status: 401, title: 'A valid token is needed' },
  'signature-invalid': { status: 401, title: 'The signature does not fit' },
  forbidden: { status: 403, title: 'This token may not do that' },
  banned: { status: 403, title: 'This buyer is banned' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'sale-not-found': { status: 404, title: 'There is no such sale' },
  'order-not-found': { status: 404, title: 'You have no such order' },
  'sale-not-open': { status: 409, title: 'The sale is not open' },
  'limit-reached': { status: 409, title: 'You have all the units one buyer can have' },
  'sold-out': { status: 409, title: 'Not enough units are left' },
  'order-not-ready': { status: 409, title: 'The order is not ready yet', retryAfterSeconds: 1 },
  'not-payable': { status: 409, title: 'The order cannot be paid' },
  'not-cancellable': { status: 409, title: 'The order cannot be cancelled' },
  'sale-state-conflict': { status: 409, title: 'The sale is not in a state for that' },
  'too-few-available': { status: 409, title: 'Fewer units are available' },
  'too-many-bans': { status: 409, title: 'There are as many bans as there can be' },
  'config-changed': { status: 409, title: 'The configuration is another one by now' },
  'request-timeout': { status: 408, title: 'The request did not come in time' },
  'payload-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body must be application/json' },
  'expectation-failed': { status: 417, title: 'Only 100-continue can be expected' },
  'idempotency-mismatch': { status: 422, title: 'This key was used with another body' },
  'rate-limited': { status: 429, title: 'Too many requests', retryAfterSeconds: 1 },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Something is broken on our side' },
  'payments-closed': { status: 503, title: 'No new payment is opened', retryAfterSeconds: 10 },
  'try-later': { status: 503, title: 'Not possible right now', retryAfterSeconds: 1 },
} satisfies Record<string, Kind>

export type ProblemCode = keyof typeof kinds
const kindOf = (code: ProblemCode): Kind => kinds[code]

/** RFC 9457. Further fields, such as `orderIds`, stand beside these. */
export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
})
export type Problem = z.infer<typeof Problem>

/** The body; `createApp` sees to its content type and, where the table has one, its Retry-After. */
export function problem(code: ProblemCode, extra: Record<string, unknown> = {}): Problem {
  const { status, title } = kindOf(code)
  return { type: `${PREFIX}${code}`, title, status, ...extra }
}

/** An answer as its bytes: for whoever answers without a route, or writes the same to a crowd. */
export type Answer = { status: number; headers: Record<string, string>; body: string }
const ready = new Map<ProblemCode, Answer>()

/** A problem without facts of its own, made once: what is said to a crowd costs no more than its bytes. */
export function readyProblem(code: ProblemCode): Answer {
  const known = ready.get(code) ?? problemAnswer(code)
  ready.set(code, known)
  return known
}

/** As the body of `problem`, with all that `createApp` would see to. */
export function problemAnswer(code: ProblemCode, extra?: Record<string, unknown>): Answer {
  const seconds = retryAfterSeconds(code)
  return {
    status: kindOf(code).status,
    headers: {
      'content-type': PROBLEM_TYPE,
      ...(seconds !== undefined && { 'retry-after': String(seconds) }),
    },
    body: JSON.stringify(problem(code, extra)),
  }
}

/** As bytes: to a text Fastify would add a charset. */
export function sendAnswer(reply: FastifyReply, { status, headers, body }: Answer) {
  return reply.code(status).headers(headers).send(Buffer.from(body))
}

/** As `sendProblem` without facts; no hook but onSend sees it. */
export const sendReady = (reply: FastifyReply, code: ProblemCode) =>
  sendAnswer(reply, readyProblem(code))

/** With the status that belongs to the code. */
export function sendProblem(
  reply: Pick<FastifyReply, 'hasHeader' | 'sent'>,
  code: ProblemCode,
  extra?: Record<string, unknown>,
) {
  const body = problem(code, extra)
  return (reply as FastifyReply).code(body.status).send(body)
}

/** The code of a problem body, undefined for any other payload. */
export function problemCode(payload: unknown): ProblemCode | undefined {
  if (typeof payload !== 'object' || payload === null || !('type' in payload)) return undefined
  const { type } = payload
  if (typeof type !== 'string' || !type.startsWith(PREFIX)) return undefined
  const code = type.slice(PREFIX.length)
  return Object.hasOwn(kinds, code) ? (code as ProblemCode) : undefined
}

export function retryAfterSeconds(code: ProblemCode): number | undefined {
  return kindOf(code).retryAfterSeconds
}
