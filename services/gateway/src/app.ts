import type { OrderIds } from '@flashsale/contracts/order-id.ts'
import { createApp } from '@flashsale/service-kit/app.ts'
import type { ConnectionLimits } from '@flashsale/service-kit/connection-limits.ts'
import { sendProblem } from '@flashsale/service-kit/problem.ts'
import type { FastifyPluginAsync } from 'fastify'
import { createBuyerOrders } from './clients/buyer-orders.ts'
import type { InventoryClient } from './clients/inventory.ts'
import type { InventoryAdmin } from './clients/inventory-admin.ts'
import type { OrderClient } from './clients/order.ts'
import type { PaymentClient } from './clients/payment.ts'
import type { Turns } from './clients/turns.ts'
import type { Config } from './config.ts'
import { createAddressOf, createIsProxy } from './domain/address-key.ts'
import { securityHeaders } from './domain/security-headers.ts'
import { auditSale } from './http/admin/audit-sale.ts'
import { banBuyer } from './http/admin/ban-buyer.ts'
import { changeCanary, readCanary } from './http/admin/canary.ts'
import { changePhase, changeUnits } from './http/admin/change-sale.ts'
import { createSale } from './http/admin/create-sale.ts'
import { eraseBuyer } from './http/admin/erase-buyer.ts'
import { changeLimits, readLimits } from './http/admin/limits.ts'
import { listActions } from './http/admin/list-actions.ts'
import { listAllOrders } from './http/admin/list-orders.ts'
import { listAllSales } from './http/admin/list-sales.ts'
import { changeConfig, readConfig } from './http/admin/runtime-config.ts'
import { withdrawToken } from './http/admin/withdraw-token.ts'
import { buy } from './http/buy.ts'
import { buyAtOnce } from './http/buy-at-once.ts'
import { createBuyGate } from './http/buy-gate.ts'
import { cancelOrder } from './http/cancel-order.ts'
import { type Cors, createCors } from './http/cors.ts'
import { listOrders } from './http/list-orders.ts'
import { listSales } from './http/list-sales.ts'
import { payOrder } from './http/pay-order.ts'
import { createPurchases } from './http/purchase.ts'
import { readOrder } from './http/read-order.ts'
import { readSale } from './http/read-sale.ts'
import { createSendAway, type Load } from './http/send-away.ts'
import { takeCallback } from './http/take-callback.ts'
import type { ActionRecord } from './jobs/action-record.ts'
import type { BanList } from './jobs/ban-list.ts'
import type { Canary } from './jobs/canary.ts'
import type { CanaryBoard } from './jobs/canary-board.ts'
import type { ConfigBoard } from './jobs/config-board.ts'
import type { LimitBoard } from './jobs/limit-board.ts'
import type { SaleBoard } from './jobs/sale-board.ts'
import { answerPages } from './plugins/answer-pages.ts'
import { authenticate } from './plugins/authenticate.ts'
import { jsonBody, rawBody } from './plugins/bodies.ts'
import { cacheable } from './plugins/cacheable.ts'
import { decodablePath } from './plugins/decodable-path.ts'
import { limitCalls, type SlowCalls } from './plugins/limit-calls.ts'
import { openapi } from './plugins/openapi.ts'
import { recordActions } from './plugins/record-actions.ts'
import { type Authentication, type Bearers, createBearers } from './tokens/bearers.ts'

type Deps = {
  config: Pick<Config, 'trustedProxies' | 'logLevel' | 'pages'> & {
    connections: Partial<ConnectionLimits>
  }
  runtimeConfig: ConfigBoard
  tokens: Pick<Authentication, 'keys' | 'fetchKeys' | 'knownMax'>
  bans: BanList
  orderIds: OrderIds
  board: SaleBoard
  turns: Turns
  load: Load
  limits: LimitBoard
  slowCalls: SlowCalls
  inventory: InventoryClient
  inventoryAdmin: InventoryAdmin
  actionRecord: ActionRecord
  order: OrderClient
  payment: PaymentClient
  canaryBoard: Pick<CanaryBoard, 'read' | 'change'>
  canary: Pick<Canary, 'seen'>
}

/** The only door: who are you, how often, is it well formed, is there any left. */
export async function buildApp(deps: Deps) {
  const { config, board, tokens, bans } = deps
  const { origins, hstsMaxAgeSeconds } = config.pages
  const { all: headers, short } = securityHeaders(hstsMaxAgeSeconds)
  const cors = origins.length > 0 ? createCors(origins) : undefined
  const app = createApp({
    name: 'gateway',
    logLevel: config.logLevel,
    ready: () => board.loaded() && !tokens.keys.isEmpty(),
    rewriteUrl: decodablePath,
    connections: config.connections,
    public: true,
    headers,
  })
  await app.register(openapi)
  await app.register(jsonBody)
  if (cors) await app.register(answerPages, { cors, headers: short })
  const bearers = createBearers({ ...tokens, bans })
  await app.register(authenticate, { bearers })
  await app.register(limitCalls, deps)

  await app.register(forAnyone, deps)
  await app.register(forBuyers, { ...deps, bearers, headers: short, cors })
  await app.register(withoutJson, deps)
  await app.register(forAdmins, { prefix: '/v1/admin', deps })
  return app
}

const forAnyone: FastifyPluginAsync<Deps> = async (app, { board, runtimeConfig }) => {
  await app.register(cacheable, { runtimeConfig, toldAgeMs: board.toldAgeMs })
  await app.register(listSales, { board })
  await app.register(readSale, { board })
}

type OfDoor = { bearers: Bearers; headers: Record<string, string>; cors: Cors | undefined }
const forBuyers: FastifyPluginAsync<Deps & OfDoor> = async (app, deps) => {
  const buying = {
    gate: createBuyGate(deps.limits),
    purchase: createPurchases(deps),
    addressOf: createAddressOf(deps.config.trustedProxies),
  }
  const isProxy = createIsProxy(deps.config.trustedProxies)
  const sendAway = createSendAway({ ...deps, isProxy })
  const isSplit = deps.canary.seen('inventory') !== undefined
  await app.register(buyAtOnce, { ...deps, ...buying, sendAway, isSplit })
  await app.register(buy, { ...deps, ...buying })
  await app.register(readOrder, { ...deps, buyerOrders: createBuyerOrders(deps) })
  await app.register(listOrders, { ...deps, buyerOrders: createBuyerOrders(deps) })
}

const withoutJson: FastifyPluginAsync<Deps> = async (app, deps) => {
  await app.register(rawBody)
  await app.register(payOrder, deps)
  await app.register(cancelOrder, { ...deps, buyerOrders: createBuyerOrders(deps) })
  await app.register(takeCallback, deps)
}

/** Who you are comes before all else here, also before what is not there. */
const forAdmins: FastifyPluginAsync<{ deps: Deps }> = async (app, { deps }) => {
  app.addHook('onRequest', app.requireAdmin)
  app.addHook('onRequest', app.limitCalls('admin'))
  const addressOf = createAddressOf(deps.config.trustedProxies)
  await app.register(recordActions, { ...deps, addressOf })
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, 'not-found'))
  await app.register(createSale, deps)
  await app.register(changePhase, deps)
  await app.register(changeUnits, deps)
  await app.register(auditSale, deps)
  await app.register(listAllSales, deps)
  await app.register(listAllOrders, deps)
  await app.register(readLimits, deps)
  await app.register(changeLimits, deps)
  await app.register(readConfig, deps)
  await app.register(changeConfig, deps)
  await app.register(readCanary, deps)
  await app.register(changeCanary, deps)
  await app.register(banBuyer, deps)
  await app.register(withdrawToken, deps)
  await app.register(eraseBuyer, deps)
  await app.register(listActions, deps)
}
