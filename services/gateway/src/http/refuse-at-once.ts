import type { IncomingMessage, ServerResponse } from 'node:http'
import { readyProblem } from '@flashsale/service-kit/problem.ts'
import fp from 'fastify-plugin'
import { earlyAnswer } from '../domain/early-answer.ts'
import type { SaleBoard } from '../jobs/sale-board.ts'
import { metrics } from '../metrics.ts'

const BODY_BYTES_MAX = 64 * 1024 // a larger one, or one that doesn't say its size, is the route's 413
const PATH = /^\/v1\/sales\/([0-9a-f-]{36})\/orders$/

const codes = ['sold-out', 'sale-not-open'] as const
type Code = (typeof codes)[number]

type Deps = { board: SaleBoard }

/**
 * The "no" to the crowd of a sale that gives nothing, in front of the router: before its token and body
 * are read, which the contract allows for a request without a key and these two answers alone. All that
 * came in one turn of the event loop are answered together: writing in one go costs less.
 */
export const refuseAtOnce = fp<Deps>(
  async (app, { board }) => {
    const answers = createAnswers()
    const routes = app.server.listeners('request')
    app.server.removeAllListeners('request')
    app.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const code = app.lifecycle.draining ? undefined : refusalOf(board, request)
      if (code) answers.send(code, response)
      else for (const route of routes) route.call(app.server, request, response)
    })
  },
  { name: 'refuse-at-once' },
)

/** Undefined when it is not a purchase, or one that has to be looked at. */
function refusalOf(board: SaleBoard, { method, url = '', rawHeaders }: IncomingMessage) {
  if (method !== 'POST') return undefined
  const saleId = PATH.exec(url)?.[1]
  const sale = saleId && board.get(saleId)
  if (!sale || board.redisNowMs() === undefined || !isPlain(rawHeaders)) return undefined
  const no = earlyAnswer({
    state: board.stateOf(sale),
    stockKnown: board.knowsStockOf(sale),
    hasKey: false,
    mayHaveOrder: true,
  })
  return codes.find((code) => code === no)
}

/** Without a key, and with a short body. */
function isPlain(rawHeaders: string[]): boolean {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    // By their length first: most headers are other ones.
    if (name.length === 15 && name.toLowerCase() === 'idempotency-key') return false
    if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return false
    if (name.length === 14 && name.toLowerCase() === 'content-length') {
      if (!(Number(rawHeaders[i + 1]) <= BODY_BYTES_MAX)) return false
    }
  }
  return true
}

function createAnswers() {
  const waiting: Record<Code, ServerResponse[]> = { 'sold-out': [], 'sale-not-open': [] }
  const answers = codes.map((code) => ({ code, ...readyProblem(code) }))
  let isDue = false

  const sendAll = () => {
    isDue = false
    for (const { code, status, headers, body } of answers) {
      const responses = waiting[code]
      if (responses.length === 0) continue
      waiting[code] = []
      const fields = { ...headers, 'content-length': body.length }
      for (const response of responses) response.writeHead(status, fields).end(body)
      metrics.attempts.inc({ outcome: code, asked: 'no' }, responses.length)
    }
  }
  return {
    send(code: Code, response: ServerResponse) {
      waiting[code].push(response)
      if (!isDue) setImmediate(sendAll)
      isDue = true
    },
  }
}
