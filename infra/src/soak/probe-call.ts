import { Agent, type IncomingMessage, request } from 'node:http'
import { problemCode } from '@flashsale/service-kit/problem.ts'
import type { Outcome } from './nines.ts'

export const inTimeMs = 1_000
const giveUpMs = 5_000

export type Ask = {
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  body?: string
  /** Of the answers that are due. */
  due: readonly string[]
}
export type Answered = { outcome: Outcome; status?: number; body?: unknown }

/** Requests as a buyer's device sends them: on connections that are kept, or on one of its own. */
export function createProbeCaller(port: number) {
  const kept = new Agent({ keepAlive: true })
  return {
    send: (ask: Ask, connection: 'kept' | 'own'): Promise<Answered> =>
      send(port, ask, connection === 'kept' ? kept : false),
    leave: () => kept.destroy(),
  }
}
export type ProbeCaller = ReturnType<typeof createProbeCaller>

function send(port: number, ask: Ask, agent: Agent | false): Promise<Answered> {
  const { method, path, body } = ask
  const sentAt = performance.now()
  return new Promise((resolve) => {
    const nothing = () => resolve({ outcome: 'none' })
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const headers = { 'content-type': 'application/json', ...length, ...ask.headers }
    const call = request({ host: '127.0.0.1', port, method, path, headers, agent }, (answer) => {
      readAll(answer).then((text) => {
        clearTimeout(late)
        const tookMs = performance.now() - sentAt
        resolve(judged(ask, answer, { text, tookMs }))
      }, nothing)
    })
    const late = setTimeout(() => call.destroy(new Error('no answer')), giveUpMs)
    call.on('error', () => {
      clearTimeout(late)
      nothing()
    })
    call.end(body)
  })
}

async function readAll(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += chunk
  return text
}

type Read = { text: string; tookMs: number }

function judged({ due }: Ask, answer: IncomingMessage, { text, tookMs }: Read): Answered {
  const status = answer.statusCode ?? 0
  const body = parsed(text)
  const code = problemCode(body) ?? ''
  const isTryLater = status === 503 && code === 'try-later' && 'retry-after' in answer.headers
  const isDue = due.includes(String(status)) || due.includes(`${status} ${code}`)
  const outcome =
    tookMs > inTimeMs ? 'late' : isDue ? 'in time' : isTryLater ? 'try later' : 'wrong'
  return { outcome, status, body }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
