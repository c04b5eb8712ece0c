import type { IncomingMessage, ServerResponse } from 'node:http'
import { observeRequest } from '@flashsale/service-kit/probes.ts'
import { type Answer, type ProblemCode, readyProblem } from '@flashsale/service-kit/problem.ts'
import fp from 'fastify-plugin'
import type { AddressOf } from '../domain/address-key.ts'
import { earlyAnswer } from '../domain/early-answer.ts'
import type { SaleBoard } from '../jobs/sale-board.ts'
import { metrics } from '../metrics.ts'
import { unauthenticated } from '../plugins/authenticate.ts'
import type { Bearers } from '../tokens/bearers.ts'
import { wantedTrack } from './asker.ts'
import { PurchaseBody, PurchaseKey } from './buy.ts'
import type { BuyGate } from './buy-gate.ts'
import type { Cors } from './cors.ts'
import type { Purchases } from './purchase.ts'
import { type PurchaseHead, readPurchaseHead } from './purchase-head.ts'
import type { SendAway } from './send-away.ts'

const REFUSED_BYTES_MAX = 64 * 1024 // a larger body, or one that doesn't say its size, is the route's 413
const BODY_BYTES_MAX = 16 * 1024
const JSON_TYPES = new Set(['application/json', 'application/json; charset=utf-8'])
const LABELS = { method: 'POST', route: '/v1/sales/:saleId/orders' }

type Deps = {
  board: SaleBoard
  bearers: Bearers
  gate: BuyGate
  purchase: Purchases
  addressOf: AddressOf
  sendAway: SendAway
  /** Whether purchases are split, so that the head is worth reading for it. */
  isSplit: boolean
  /** Of every answer; and what the page may know that asks, where pages may ask at all. */
  headers: Record<string, string>
  cors: Cors | undefined
}
/** One request whose head is read. */
type Arrived = {
  request: IncomingMessage
  response: ServerResponse
  head: PurchaseHead
  atMs: number
}

/**
 * Purchases, in front of the router: it costs as much as all of the gateway's own work on one. Those
 * that came in one turn of the event loop are taken together, in their order, and answered together.
 * Whatever is not plain goes on to the router with nothing of it read, and is answered there.
 *
 * The "no" to the crowd of a sale that gives nothing comes before token and body are read, which the
 * contract allows for a request without a key.
 */
export const buyAtOnce = fp<Deps>(
  async (app, deps) => {
    const routes = app.server.listeners('request')
    const onToRouter = ({ request, response }: Pick<Arrived, 'request' | 'response'>) => {
      for (const route of routes) route.call(app.server, request, response)
    }
    const { cors, headers: always } = deps
    const answerWith = (one: Arrived, { status, headers, body }: Answer) => {
      const given = { ...always, ...cors?.headersFor(one.request.headers.origin), ...headers }
      // Else whoever asks next on this connection would find it closed.
      if (app.lifecycle.draining) given.connection = 'close'
      send(one, { status, headers: given, body })
    }
    const broken = (one: Arrived, error: unknown) => {
      app.log.error({ err: error }, 'a purchase failed')
      if (!one.response.headersSent) answerWith(one, readyProblem('internal'))
    }
    const take = (one: Arrived) => {
      const refusal = refusalOf(deps.board, one.head) ?? deps.sendAway(one.request)
      const answer = refusal ?? answerOf(deps, one)
      if (answer === undefined) onToRouter(one)
      else if (!(answer instanceof Promise)) answerWith(one, answer)
      else answer.then((given) => answerWith(one, given)).catch((error) => broken(one, error))
    }
    let waiting: Arrived[] = []
    const takeAll = () => {
      const arrived = waiting
      waiting = []
      for (const one of arrived) {
        try {
          take(one)
        } catch (error) {
          broken(one, error) // its neighbours are answered all the same
        }
      }
    }
    app.server.removeAllListeners('request')
    app.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const head = app.lifecycle.draining ? undefined : readPurchaseHead(request)
      if (!head) return onToRouter({ request, response })
      if (waiting.push({ request, response, head, atMs: performance.now() }) === 1) {
        setImmediate(takeAll)
      }
    })
  },
  { name: 'buy-at-once' },
)

/** Without a key, and with a short body: the same to everybody. */
function refusalOf(board: SaleBoard, { saleId, key, contentBytes }: PurchaseHead) {
  if (key !== undefined || !(contentBytes <= REFUSED_BYTES_MAX)) return undefined
  const sale = board.get(saleId)
  if (!sale || board.redisNowMs() === undefined) return undefined
  const no = earlyAnswer({
    state: board.stateOf(sale),
    stockKnown: board.knowsStockOf(sale),
    hasKey: false,
    mayHaveOrder: true,
    isQueueClosed: false, // that "no" comes last
  })
  if (no !== 'sold-out' && no !== 'sale-not-open') return undefined
  metrics.attempts.inc({ outcome: no, asked: 'no' })
  return readyProblem(no)
}

/** Token, body, limits, purchase, in the contract's order; undefined where it is not plain. */
function answerOf(deps: Deps, { request, head }: Arrived): Answer | Promise<Answer> | undefined {
  const { saleId, authorization, key } = head
  const identified = deps.bearers.identifyAtOnce(authorization ?? '')
  if (!identified) return undefined
  if ('no' in identified) return refuse(identified.no)
  const { bearer } = identified
  if (deps.bearers.isBanned(bearer)) return refuse('banned')

  if (key !== undefined && !PurchaseKey.safeParse(key).success) return undefined
  const body = readBody(request, head)
  if (!body) return undefined
  const address = () => deps.addressOf(request)
  const { headers, refusal } = deps.gate.pass({ buyer: bearer.id, address })
  if (refusal) return withHeaders(refusal, headers)
  const track = deps.isSplit ? wantedTrack(request) : undefined
  const bought = deps.purchase({ ...body, saleId, key, buyerId: bearer.id, track })
  return headers ? bought.then((answer) => withHeaders(answer, headers)) : bought
}

const refuse = (code: ProblemCode) =>
  code === 'unauthenticated' ? withHeaders(readyProblem(code), unauthenticated) : readyProblem(code)

const withHeaders = ({ status, headers, body }: Answer, more = {}): Answer => ({
  status,
  headers: { ...headers, ...more },
  body,
})

/** What came with the head, whole and well formed; else it is left as it is. */
function readBody(request: IncomingMessage, { contentType = '', contentBytes }: PurchaseHead) {
  const isPlain = JSON_TYPES.has(contentType) && contentBytes <= BODY_BYTES_MAX
  // Reading nothing of a body that is empty would end it: the route would wait for its end for ever.
  if (!isPlain || contentBytes === 0 || request.readableLength !== contentBytes) return undefined
  const bytes: Buffer | null = request.read()
  if (!bytes) return undefined
  const { data } = PurchaseBody.safeParse(parsed(bytes))
  if (!data) request.unshift(bytes)
  return data
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

function send({ response, atMs }: Arrived, { status, headers, body }: Answer) {
  headers['content-length'] = String(Buffer.byteLength(body))
  response.writeHead(status, headers).end(body) // as text: it leaves in one piece with its head
  observeRequest({ ...LABELS, status }, performance.now() - atMs)
}
