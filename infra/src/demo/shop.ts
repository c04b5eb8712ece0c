import { Audit } from '@flashsale/contracts/http/audit.ts'
import { createHttpClient, type Outcome } from '@flashsale/service-kit/http-client.ts'
import { problemCode } from '@flashsale/service-kit/problem.ts'
import { z } from 'zod'
import { PlainError } from '../plain-error.ts'
import { createLanes } from './lanes.ts'
import { sendAndHangUp } from './lost-answer.ts'
import type { Tally } from './tally.ts'

const connections = 64
const adminConnections = 4
const timeoutMs = 8_000
const adminTimeoutMs = 30_000

const Sale = z.object({ id: z.string(), state: z.string() })
const Order = z.object({
  status: z.enum([
    'unconfirmed',
    'accepted',
    'pending-payment',
    'paid',
    'cancelled',
    'refunding',
    'refunded',
  ]),
  quantity: z.int().optional(),
  amountMinor: z.int().optional(),
  payBy: z.string().optional(),
  reason: z.string().optional(),
})
export type OrderSeen = z.infer<typeof Order>

export type Answer = {
  status: number
  /** The problem's code, or the status of a 202. */
  code: string
  body: unknown
  replayed: boolean
  retryAfterMs: number
}
export type Purchase = { token?: string | undefined; key?: string | undefined; body: unknown }
type Options = { url: string; adminToken: string; tally: Tally }

/** The gateway's public API, as the buyers' devices and the operator's desk call it. */
export function createShop({ url, adminToken, tally }: Options) {
  const http = createHttpClient(url, { timeoutMs, connections })
  const desk = createHttpClient(url, { timeoutMs: adminTimeoutMs, connections: adminConnections })
  const inLane = createLanes(connections) // so that latencies count the answer, not our own queue

  const headersOf = ({ token, key }: Pick<Purchase, 'token' | 'key'>) => ({
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(key !== undefined && { 'idempotency-key': key }),
  })
  const post = async (path: string, token: string) =>
    toAnswer(await inLane(() => http.call({ method: 'POST', path, headers: headersOf({ token }) })))
  const admin = async (method: 'GET' | 'POST', path: string, body?: unknown) => {
    const headers = headersOf({ token: adminToken })
    const outcome = await desk.call({ method, path: `/v1/admin${path}`, body, headers })
    return toAnswer(outcome)
  }

  return {
    /** Undefined when no answer came. */
    async buy(saleId: string, { body, ...who }: Purchase): Promise<Answer | undefined> {
      return await inLane(async () => {
        const sentAt = performance.now()
        const path = `/v1/sales/${saleId}/orders`
        tally.sent()
        const outcome = await http.call({ method: 'POST', path, headers: headersOf(who), body })
        const answer = toAnswer(outcome)
        tally.answered(answer, performance.now() - sentAt)
        return answer
      })
    },
    buyAndHangUp(saleId: string, { body, ...who }: Purchase): Promise<void> {
      tally.sent()
      tally.hungUp()
      return sendAndHangUp({
        url,
        path: `/v1/sales/${saleId}/orders`,
        headers: headersOf(who),
        body,
      })
    },
    /** Undefined when there was no answer, or not now. */
    async order(id: string, token: string): Promise<OrderSeen | undefined> {
      const call = {
        method: 'GET',
        path: `/v1/orders/${id}`,
        headers: headersOf({ token }),
      } as const
      const answer = toAnswer(await inLane(() => http.call(call)))
      if (answer?.status === 200) return Order.parse(answer.body)
      if (answer && answer.status !== 503) {
        tally.fault(`GET of order ${id}, known by its 202: ${answer.status} ${answer.code}`)
      }
      return undefined
    },
    payment: (id: string, token: string) => post(`/v1/orders/${id}/payment`, token),
    cancel: (id: string, token: string) => post(`/v1/orders/${id}/cancel`, token),
    async saleState(id: string): Promise<string | undefined> {
      const answer = toAnswer(await desk.call({ method: 'GET', path: `/v1/sales/${id}` }))
      return answer?.status === 200 ? Sale.parse(answer.body).state : undefined
    },
    async createSale(sale: object) {
      return Sale.parse(must(await admin('POST', '/sales', sale), 201, 'the new sale').body)
    },
    async change(id: string, action: 'restock' | 'withdraw' | 'close', body?: unknown) {
      must(await admin('POST', `/sales/${id}/${action}`, body), 200, action)
    },
    /** Undefined when the books could not be read now. */
    async audit(id: string): Promise<Audit | undefined> {
      const answer = await admin('GET', `/sales/${id}/audit`)
      if (answer === undefined || answer.status === 503) return undefined
      return Audit.parse(must(answer, 200, 'the audit').body)
    },
    close: () => Promise.all([http.close(), desk.close()]),
  }
}
export type Shop = ReturnType<typeof createShop>

function toAnswer(outcome: Outcome): Answer | undefined {
  if (outcome.kind !== 'answer') return undefined
  const { status, body, headers } = outcome
  const code = problemCode(body) ?? statusOf(body) ?? '?'
  const replayed = headers['idempotency-replayed'] === 'true'
  return { status, code, body, replayed, retryAfterMs: Number(headers['retry-after'] ?? 0) * 1_000 }
}

function statusOf(body: unknown): string | undefined {
  const isNamed = typeof body === 'object' && body !== null && 'status' in body
  return isNamed && typeof body.status === 'string' ? body.status : undefined
}

function must(answer: Answer | undefined, status: number, what: string): Answer {
  if (answer?.status === status) return answer
  const got = answer ? `${answer.status} ${JSON.stringify(answer.body)}` : 'no answer'
  throw new PlainError(`${what}: ${got}`)
}
