import type { IncomingHttpHeaders } from 'node:http'
import { Pool } from 'undici'

const CONNECTIONS = 128
const CONNECT_TIMEOUT_MS = 1_000

export type Call = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  /** Sent as JSON; a string or bytes are sent as they are. */
  body?: unknown
  headers?: Record<string, string>
  timeoutMs?: number
}
export type Answer = {
  kind: 'answer'
  status: number
  /** Parsed when it is JSON, else the text; undefined when empty. */
  body: unknown
  headers: IncomingHttpHeaders
}
/** `not-sent`: surely nothing happened. `unknown`: it may have, or may still (P8). */
export type Outcome = Answer | { kind: 'not-sent' } | { kind: 'unknown' }

export type HttpClient = { call(call: Call): Promise<Outcome>; close(): Promise<void> }

/** Never retries by itself: what a time-out means is for the caller to look up. */
export function createHttpClient(
  baseUrl: string,
  { timeoutMs, connections = CONNECTIONS }: { timeoutMs: number; connections?: number },
): HttpClient {
  const { origin, pathname } = new URL(baseUrl)
  const prefix = pathname.replace(/\/$/, '')
  const pool = new Pool(origin, { connections, connect: { timeout: CONNECT_TIMEOUT_MS } })

  const call = async (wanted: Call): Promise<Outcome> => {
    const { content, headers } = encode(wanted)
    const deadline = startDeadline(wanted.timeoutMs ?? timeoutMs)
    try {
      const {
        statusCode,
        headers: answered,
        body,
      } = await pool.request({
        method: wanted.method,
        path: prefix + wanted.path,
        headers,
        body: content,
        signal: deadline.signal,
      })
      const value = decode(await body.text(), String(answered['content-type'] ?? ''))
      return { kind: 'answer', status: statusCode, body: value, headers: answered }
    } catch (error) {
      return whatHappened(error)
    } finally {
      deadline.stop()
    }
  }
  return { call, close: () => pool.destroy() }
}

/**
 * Aborts after so long, but not before what arrived in time was read: when this process was too busy
 * to look, its timers run before its sockets, and an answer that is there would be thrown away.
 */
function startDeadline(ms: number) {
  const controller = new AbortController()
  const timer = setTimeout(() => setImmediate(() => setImmediate(() => controller.abort())), ms)
  return { signal: controller.signal, stop: () => clearTimeout(timer) }
}

function encode({ body, headers = {} }: Call) {
  if (body === undefined) return { content: null, headers }
  const raw = typeof body === 'string' || body instanceof Uint8Array
  const content = raw ? body : JSON.stringify(body)
  return { content, headers: { 'content-type': 'application/json', ...headers } }
}

function decode(text: string, contentType: string): unknown {
  if (text === '') return undefined
  return contentType.includes('json') ? JSON.parse(text) : text
}

// Before a connection stands, no byte of the request can have left.
const notSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_CLOSED',
])

function whatHappened(error: unknown): Outcome {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'UND_ERR_INVALID_ARG' || error instanceof TypeError) throw error
  return typeof code === 'string' && notSent.has(code) ? { kind: 'not-sent' } : { kind: 'unknown' }
}
