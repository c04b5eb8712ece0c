import {
  type Call,
  createHttpClient,
  type HttpClient,
  type Outcome,
} from '@flashsale/service-kit/http-client.ts'
import { problemCode } from '@flashsale/service-kit/problem.ts'
import { createLanes } from './lanes.ts'

export type Answer = {
  status: number
  /** The problem's code, or the status of a 202. */
  code: string
  body: unknown
  replayed: boolean
  retryAfterMs: number
}
type Size = { timeoutMs: number; connections: number }

/** Calls wait here and not in the client, so that a latency is the answer's and not our own queue's. */
export function createQueue(url: string, { timeoutMs, connections }: Size) {
  const http = createHttpClient(url, { timeoutMs, connections })
  const inLane = createLanes(connections)
  return {
    inLane: <T>(work: (client: HttpClient) => Promise<T>) => inLane(() => work(http)),
    waiting: inLane.waiting,
    call: async (call: Call) => toAnswer(await inLane(() => http.call(call))),
    close: () => http.close(),
  }
}

type Who = { token?: string | undefined; key?: string | undefined }

export function headersOf({ token, key }: Who): Record<string, string> {
  return {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(key !== undefined && { 'idempotency-key': key }),
  }
}

/** Undefined when no answer came. */
export function toAnswer(outcome: Outcome): Answer | undefined {
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
