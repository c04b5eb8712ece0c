import type { IncomingHttpHeaders } from 'node:http'
import { activeTraceparent, inSpan } from '@flashsale/tracing/spans.ts'
import { createInstances, type Instance, isLeaving } from './http-instances.ts'

const CONNECTIONS = 128 // to each instance

export type Call = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  /** Sent as JSON; a string or bytes are sent as they are. */
  body?: unknown
  headers?: Record<string, string>
  timeoutMs?: number
  /**
   * Twice has the effect of once, so that a call whose connection broke may be sent to another
   * instance. True for GET unless said otherwise.
   */
  again?: boolean
  /** False: a peer client does not send it once more after a pause, though it may be sent again. */
  retry?: boolean
  /**
   * An answer which says that this instance did nothing because it can't: the next one is asked, and
   * this one is asked last for a while. Being quick to say so, it would draw most of the calls.
   */
  couldNot?: (answer: Pick<Answer, 'status' | 'body'>) => boolean
}
export type Answer = {
  kind: 'answer'
  status: number
  /** Parsed when it is JSON, else the text; undefined when empty. */
  body: unknown
  headers: IncomingHttpHeaders
  /** An earlier copy of this call was lost on its way, and may still arrive. */
  lostBefore: boolean
}
/** `not-sent`: surely nothing happened. `unknown`: it may have, or may still (P8). */
export type Outcome = Answer | { kind: 'not-sent' } | { kind: 'unknown' }

export type HttpClient = { call(call: Call): Promise<Outcome>; close(): Promise<void> }

/**
 * `baseUrls` are those of one service's instances, parted by commas. What surely did not arrive at one
 * is sent to the next, what maybe did only if it says `again`, all within the one deadline. What a
 * time-out means is for the caller to look up, and an answer is an answer, whatever its status.
 */
export function createHttpClient(
  baseUrls: string,
  { timeoutMs, connections = CONNECTIONS }: { timeoutMs: number; connections?: number },
): HttpClient {
  const instances = createInstances(baseUrls, connections)

  const call = async (wanted: Call): Promise<Outcome> => {
    const { again = wanted.method === 'GET' } = wanted
    const tried = new Set<Instance>()
    let lostBefore = false
    let refusal: Answer | undefined
    const deadline = startDeadline(wanted.timeoutMs ?? timeoutMs)
    try {
      while (!deadline.signal.aborted) {
        const instance = instances.choose(tried)
        if (!instance) break
        tried.add(instance)
        const outcome = await send(instance, wanted, deadline.signal)
        if (outcome.kind === 'answer') {
          if (isLeaving(outcome.headers)) instances.leaveOut(instance)
          const answer = { ...outcome, lostBefore }
          if (!wanted.couldNot?.(answer)) return answer
          instances.avoid(instance)
          refusal = answer
          continue
        }
        instances.leaveOut(instance)
        if (outcome.kind === 'unknown') lostBefore = true
        if (lostBefore && !again) break
      }
      if (lostBefore) return { kind: 'unknown' }
      return refusal ?? { kind: 'not-sent' }
    } finally {
      deadline.stop()
    }
  }
  return { call, close: instances.close }
}

function send(instance: Instance, wanted: Call, signal: AbortSignal) {
  if (activeTraceparent() === undefined) return request(instance, wanted, signal)
  const { method, path } = wanted
  const name = `${method} ${path.replace(/\?.*/, '').replaceAll(UUID, ':id')}`
  return inSpan(name, { kind: 'client' }, () => {
    const traceparent = activeTraceparent() as string
    const headers = { ...wanted.headers, traceparent }
    return request(instance, { ...wanted, headers }, signal)
  })
}
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

async function request(instance: Instance, wanted: Call, signal: AbortSignal) {
  const { content, headers } = encode(wanted)
  instance.openCalls++
  try {
    const answer = await instance.pool.request({
      method: wanted.method,
      path: instance.prefix + wanted.path,
      headers,
      body: content,
      signal,
    })
    const value = decode(await answer.body.text(), String(answer.headers['content-type'] ?? ''))
    const { statusCode: status } = answer
    return { kind: 'answer', status, body: value, headers: answer.headers } as const
  } catch (error) {
    return whatHappened(error)
  } finally {
    instance.openCalls--
  }
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

function whatHappened(error: unknown) {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'UND_ERR_INVALID_ARG' || error instanceof TypeError) throw error
  const kind = typeof code === 'string' && notSent.has(code) ? 'not-sent' : 'unknown'
  return { kind } as const
}
