import { createHmac, randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { Queue, SaleFacts } from '@flashsale/contracts/http/inventory.ts'
import type { BuyerId, SaleId } from '@flashsale/contracts/ids.ts'
import { createOrderIds } from '@flashsale/contracts/order-id.ts'
import {
  type ConnectionLimits,
  connectionLimits,
} from '@flashsale/service-kit/connection-limits.ts'
import { createHttpClient } from '@flashsale/service-kit/http-client.ts'
import { buildApp } from '../src/app.ts'
import type { Broadcast } from '../src/clients/broadcast.ts'
import type { InventoryClient } from '../src/clients/inventory.ts'
import { createInventoryAdmin } from '../src/clients/inventory-admin.ts'
import type { Limits } from '../src/domain/limits.ts'
import { createPurchaseTurns } from '../src/http/purchase.ts'
import type { Load } from '../src/http/send-away.ts'
import type { ActionRecord } from '../src/jobs/action-record.ts'
import { startBanList } from '../src/jobs/ban-list.ts'
import type { ConfigBoard } from '../src/jobs/config-board.ts'
import type { LimitBoard } from '../src/jobs/limit-board.ts'
import { startSaleBoard } from '../src/jobs/sale-board.ts'
import type { SlowCalls } from '../src/plugins/limit-calls.ts'
import { configuredKeys, createKeyRing, type KeyRing } from '../src/tokens/key-ring.ts'
import { stillConfig } from './config-parts.ts'
import { gatewayRedis, type RedisPlace } from './gateway-redis.ts'
import { anyCalls, fixedLimits } from './limit-parts.ts'
import { type Handler, refusal, startPeer } from './peers.ts'
import { type SecondReleases, testReleases } from './releases.ts'

export const JWT_SECRET = 'a secret for tests alone, forty bytes long'
const quiet = { debug() {}, info() {}, warn() {}, error() {} }

export const orderIds = createOrderIds('another secret for tests alone, long enough')
export const newOrderId = (buyerId: string, deadlineMs = Date.now() + 1000) =>
  orderIds.next(buyerId as BuyerId, deadlineMs)

export function aSale(facts: Partial<SaleFacts> = {}): SaleFacts {
  return {
    id: randomUUID() as SaleId,
    title: 'A kettle',
    sku: 'KETTLE-1',
    priceMinor: 9900,
    currency: 'EUR',
    stock: 100,
    perBuyerLimit: 2,
    opensAt: new Date(Date.now() - 60_000).toISOString(),
    closesAt: new Date(Date.now() + 3_600_000).toISOString(),
    paymentWindowSeconds: 300,
    admission: { mode: 'direct' },
    phase: 'ready',
    epoch: 1,
    free: 100,
    orders: 0,
    versions: { phase: 1, stock: 1, free: 0 },
    ...facts,
  }
}

type Claims = { sub?: unknown; role?: string; exp?: number; nbf?: number }
export function sign(claims: Claims, { secret = JWT_SECRET, alg = 'HS256' } = {}) {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const head = `${part({ alg, typ: 'JWT' })}.${part(claims)}`
  const hash = alg === 'HS512' ? 'sha512' : 'sha256'
  const mac = alg === 'none' ? '' : createHmac(hash, secret).update(head).digest('base64url')
  return `${head}.${mac}`
}
export const buyerToken = (sub = `buyer-${randomUUID()}`) => sign({ sub })
export const adminToken = () => sign({ sub: 'operator', role: 'admin' })

export type Options = {
  /** What inventory tells of its sales, each time anew. */
  sales?: SaleFacts[]
  redisSkewMs?: number
  /** And of the queue behind a 202. */
  told?: { queue?: Queue }
  /** Anything but GET /internal/sales; a URL stands for a peer started elsewhere. */
  inventory?: Handler
  inventoryUrl?: string
  /** In place of the call to inventory, which lives no longer than an attempt. */
  reserve?: InventoryClient['reserve']
  order?: Handler
  orderUrl?: string
  payment?: Handler
  paymentUrl?: string
  /** Without one Redis tells nothing, and the sales are only asked for. */
  broadcast?: Broadcast
  buyersMax?: number
  /** In place of one that is never overloaded. */
  load?: Load
  /** None but those named; or the real ones of a test. */
  limits?: Partial<Limits>
  limitBoard?: LimitBoard
  /** In place of one in which nothing is set. */
  runtimeConfig?: ConfigBoard
  slowCalls?: Partial<SlowCalls>
  trustedProxies?: string[]
  pages?: { origins?: string[]; hstsMaxAgeSeconds?: number }
  /** Shorter time-outs and smaller limits than the defaults, checked every 50 ms. */
  connections?: Partial<ConnectionLimits>
  /** Which keys are good, where that is not the secret alone. */
  tokens?: { keys: KeyRing; fetchKeys?: () => Promise<boolean> }
  /** Without them there is one release of each service. */
  canary?: SecondReleases
  /** Where what operators do is kept; in place of one that keeps nothing. */
  actionRecord?: ActionRecord
  /** One that several gateways share, or that the test can kill. */
  redis?: RedisPlace
}
export type Call = {
  token?: string
  body?: unknown
  key?: string
  headers?: Record<string, string>
}
const CALL_TIMEOUT_MS = 500
const calm: Load = { isOver: () => false, refuse: () => 1 }
const silent: Broadcast = { on() {}, onReconnect() {}, hears: () => false, stop() {} }
const theSecret = { secret: JWT_SECRET, publicKeys: [], wanted: {} }
const forgetful: ActionRecord = {
  write: async () => true,
  writeLater: async () => {},
  list: async () => ({ kind: 'unreachable' }),
  stop: async () => {},
}
const nothing: Handler = () => refusal('not-found', 404)

/** The real gateway on a port of its own, its peers played by real HTTP servers. */
export async function startGateway(t: TestContext, options: Options = {}) {
  const { sales = [], redisSkewMs = 0, inventory: forInventory = nothing } = options
  const played = async (url: string | undefined, handler: Handler) =>
    url === undefined ? await startPeer(t, handler) : { url, asked: [], stop: async () => {} }
  const peers = {
    inventory: await played(options.inventoryUrl, (asked) =>
      asked.path.split('?')[0] === '/internal/sales' && asked.method === 'GET'
        ? { status: 200, body: { redisTimeMs: Date.now() + redisSkewMs, sales, ...options.told } }
        : forInventory(asked),
    ),
    order: await played(options.orderUrl, options.order ?? nothing),
    payment: await played(options.paymentUrl, options.payment ?? nothing),
  }
  const client = (url: string) => {
    const http = createHttpClient(url, { timeoutMs: CALL_TIMEOUT_MS })
    t.after(http.close)
    return http
  }
  const toInventory = client(peers.inventory.url)
  const stable = {
    inventory: toInventory,
    order: client(peers.order.url),
    payment: client(peers.payment.url),
    timeoutMs: CALL_TIMEOUT_MS,
  }
  const clients = testReleases(t, stable, options.canary)
  const inventory = { ...clients.inventory, ...(options.reserve && { reserve: options.reserve }) }
  const { broadcast = silent, buyersMax } = options
  const board = startSaleBoard({ inventory, broadcast, log: quiet, buyersMax })
  t.after(board.stop)
  const { redis, broadcast: channel } = await gatewayRedis(t, options.redis)
  const bans = startBanList({ redis, broadcast: channel, log: quiet })
  t.after(bans.stop)
  const turns = createPurchaseTurns()
  const app = await buildApp({
    config: {
      trustedProxies: options.trustedProxies ?? [],
      logLevel: 'silent',
      pages: { origins: [], hstsMaxAgeSeconds: 0, ...options.pages },
      connections: { ...connectionLimits, checkEveryMs: 50, ...options.connections },
    },
    limits: options.limitBoard ?? fixedLimits(options.limits ?? {}),
    runtimeConfig: options.runtimeConfig ?? stillConfig(),
    slowCalls: { ...anyCalls, ...options.slowCalls },
    tokens: options.tokens ?? { keys: createKeyRing(configuredKeys(theSecret)) },
    bans,
    orderIds,
    board,
    turns,
    load: options.load ?? calm,
    ...clients,
    inventory,
    inventoryAdmin: createInventoryAdmin(toInventory),
    actionRecord: options.actionRecord ?? forgetful,
  })
  t.after(() => app.close())
  await board.refresh()
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const call = (method: string, path: string, wanted?: Call) => send(method, url + path, wanted)
  return { app, url, board, turns, bans, peers, call }
}

/** One request; a body that is no string or Buffer is sent as JSON. */
export async function send(method: string, url: string, { token, body, key, headers }: Call = {}) {
  const raw = body === undefined || typeof body === 'string' || body instanceof Uint8Array
  const response = await fetch(url, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(!raw && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: raw ? ((body ?? null) as string | null) : JSON.stringify(body),
  })
  const text = await response.text()
  const isJson = (response.headers.get('content-type') ?? '').includes('json')
  const json = isJson && text !== '' ? JSON.parse(text) : undefined
  return { status: response.status, headers: response.headers, text, body: json }
}

/** The code of a problem document, held to what RFC 9457 and the contract ask of it. */
export function codeOf(response: Awaited<ReturnType<typeof send>>): string {
  const { status, headers, body } = response
  if (headers.get('content-type')?.split(';')[0] !== 'application/problem+json') {
    throw new Error(`no problem document: ${status} ${response.text}`)
  }
  if (body.status !== status) throw new Error(`status ${status} and ${body.status} differ`)
  return String(body.type).split(':').at(-1) ?? ''
}
export const outcome = (response: Awaited<ReturnType<typeof send>>) =>
  response.status < 400 ? String(response.status) : `${response.status} ${codeOf(response)}`
