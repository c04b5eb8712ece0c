import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request as send } from 'undici'

const CONNECTIONS = 2_048 // a crowd has one each
const TIMEOUT_MS = 15_000

export type TestRequest = {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  token?: string | undefined
  /** The Idempotency-Key. */
  key?: string | undefined
  /** Sent as JSON; a string or bytes are sent as they are. */
  body?: unknown
  headers?: Record<string, string>
  timeoutMs?: number
}
export type TestAnswer = {
  status: number
  headers: IncomingHttpHeaders
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of every kind
  body: any
}

let agent: Agent | undefined

/** Throws when no answer came. */
export async function request(url: string, wanted: TestRequest = {}): Promise<TestAnswer> {
  agent ??= new Agent({ connections: CONNECTIONS })
  const { statusCode, headers, body } = await send(url, {
    method: wanted.method ?? 'GET',
    headers: headersOf(wanted),
    body: contentOf(wanted),
    dispatcher: agent,
    signal: AbortSignal.timeout(wanted.timeoutMs ?? TIMEOUT_MS),
  })
  const text = await body.text()
  const isJson = String(headers['content-type']).includes('json')
  return { status: statusCode, headers, body: isJson && text ? JSON.parse(text) : text }
}

function headersOf({ token, key, body, headers }: TestRequest) {
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(key === undefined ? {} : { 'idempotency-key': key }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  }
}

function contentOf({ body }: TestRequest) {
  if (body === undefined) return null
  return typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
}

/** The last part of a problem's type. */
export function codeOf({ body }: TestAnswer): string | undefined {
  return typeof body?.type === 'string' ? body.type.split(':').at(-1) : undefined
}
