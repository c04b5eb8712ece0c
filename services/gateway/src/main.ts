import { createOrderIds } from '@flashsale/contracts/order-id.ts'
import { closeRedis, connectRedis, whenReady } from '@flashsale/redis/connection.ts'
import { askInventory } from '@flashsale/runtime-config/ask-inventory.ts'
import { createRuntimeConfig } from '@flashsale/runtime-config/runtime-config.ts'
import { createLog } from '@flashsale/service-kit/log.ts'
import { createPeerClient } from '@flashsale/service-kit/peer-client.ts'
import { runService } from '@flashsale/service-kit/run.ts'
import { atMost } from '@flashsale/service-kit/wait.ts'
import { startTracing } from '@flashsale/tracing/tracing.ts'
import { buildApp } from './app.ts'
import { createAdminActions } from './clients/admin-actions.ts'
import { createBroadcast } from './clients/broadcast.ts'
import { createInventoryClient } from './clients/inventory.ts'
import { createInventoryAdmin } from './clients/inventory-admin.ts'
import { createJwksClient } from './clients/jwks.ts'
import { createOrderClient } from './clients/order.ts'
import { createPaymentClient } from './clients/payment.ts'
import { createReleases } from './clients/releases.ts'
import { createConfigClient } from './clients/runtime-config.ts'
import { splitInventory, splitOrder, splitPayment } from './clients/split-clients.ts'
import { readConfig } from './config.ts'
import { createPurchaseTurns } from './http/purchase.ts'
import { startActionRecord } from './jobs/action-record.ts'
import { startBanList } from './jobs/ban-list.ts'
import { startCanary } from './jobs/canary.ts'
import { startCanaryBoard } from './jobs/canary-board.ts'
import { startConfigBoard } from './jobs/config-board.ts'
import { startKeySet } from './jobs/key-set.ts'
import { startLimitBoard } from './jobs/limit-board.ts'
import { startSaleBoard } from './jobs/sale-board.ts'
import { startLoadWatch } from './jobs/watch-load.ts'
import { createCallCounts } from './redis/call-counts.ts'
import { createGatewayBeats } from './redis/gateway-beats.ts'
import { askRedis } from './redis/read-config.ts'
import { configuredKeys, createKeyRing } from './tokens/key-ring.ts'

const PEER_TIMEOUT_MS = 2000
const OPERATED_AT_ONCE_MAX = 32
const CONFIG_TIMEOUT_MS = 1_000
const LISTENERS = 16 // a crowd comes at once
const KNOWN_WITHIN_MS = 1000 // to connect, and then to read; it starts all the same

const config = readConfig(process.env)
const log = createLog('gateway')
const { instance } = config
const traces = await startTracing({ ...config.traces, service: 'gateway', instance, log })
const timeoutMs = PEER_TIMEOUT_MS
// Purchases, what is read, and what operators do don't wait for one another's room, nor share a circuit.
const toReserve = createPeerClient(config.inventoryUrl, { peer: 'inventory-reserve', timeoutMs })
const toInventory = createPeerClient(config.inventoryUrl, { peer: 'inventory', timeoutMs })
const toOperate = createPeerClient(config.inventoryUrl, {
  peer: 'inventory-admin',
  timeoutMs,
  atOnceMax: OPERATED_AT_ONCE_MAX,
})
const toConfig = createPeerClient(config.inventoryUrl, {
  peer: 'inventory-config',
  timeoutMs: CONFIG_TIMEOUT_MS,
})
const toOrder = createPeerClient(config.orderUrl, { peer: 'order', timeoutMs })
const toPayment = createPeerClient(config.paymentUrl, { peer: 'payment', timeoutMs })
const redis = connectRedis(config.redis)
const subscriber = connectRedis(config.redis)
const broadcast = createBroadcast(subscriber, log)

const runtimeConfig = startConfigBoard({
  config: createRuntimeConfig(log),
  client: createConfigClient(toOperate),
  ask: [askInventory(toConfig), askRedis(redis)],
  broadcast,
  log,
})
const canaryBoard = startCanaryBoard({ config: runtimeConfig, gateway: instance, log })
const canary = startCanary({ source: canaryBoard, gateway: instance, log })
const releases = createReleases({ canary, canaryUrls: config.canaryUrls, timeoutMs })
const inventory = releases.of('inventory', {
  stable: toReserve,
  make: (http, spoil) => createInventoryClient({ toReserve: http, toInventory }, log, spoil),
  split: splitInventory,
})
const order = releases.of('order', { stable: toOrder, make: createOrderClient, split: splitOrder })
const payment = releases.of('payment', {
  stable: toPayment,
  make: createPaymentClient,
  split: splitPayment,
})
const board = startSaleBoard({ inventory, broadcast, log })
const beats = createGatewayBeats(redis, instance)
await whenReady(redis, KNOWN_WITHIN_MS).catch(() => {}) // else the first reading is lost
const limits = startLimitBoard({ beats, config: runtimeConfig, defaults: config.limits, log })
const { slowCalls } = config
const { keySetUrl, wanted } = config.tokens
const keys = createKeyRing(configuredKeys(config.tokens))
const keySet = keySetUrl
  ? startKeySet({ jwks: createJwksClient(keySetUrl), keys, wanted, log })
  : undefined
const bans = startBanList({ redis, broadcast, log })
// Else who is banned would come in for a moment, and what is closed would be open.
const known = [limits.known, bans.known, runtimeConfig.known]
await atMost(KNOWN_WITHIN_MS, Promise.all(known))
const actionRecord = startActionRecord({ actions: createAdminActions(toOperate), log })
const turns = createPurchaseTurns()
const load = startLoadWatch(turns)
const app = await buildApp({
  config,
  tokens: { keys, fetchKeys: keySet?.fetchKeys, knownMax: config.tokens.knownMax },
  bans,
  orderIds: createOrderIds(config.orderIdSecret),
  board,
  turns,
  load,
  limits,
  runtimeConfig,
  slowCalls: {
    payment: createCallCounts(redis, 'payment', slowCalls.payment),
    admin: createCallCounts(redis, 'admin', slowCalls.admin),
  },
  inventory,
  inventoryAdmin: createInventoryAdmin(toOperate),
  actionRecord,
  order,
  payment,
  canaryBoard,
  canary,
})
await runService(app, {
  host: config.host,
  port: config.port,
  drainMs: config.drainMs,
  listeners: LISTENERS,
  close: [
    load.stop,
    actionRecord.stop,
    board.stop,
    limits.stop,
    runtimeConfig.stop,
    () => keySet?.stop(),
    bans.stop,
    canary.stop,
    canaryBoard.stop,
    broadcast.stop,
    toReserve.close,
    toInventory.close,
    toOperate.close,
    toConfig.close,
    toOrder.close,
    toPayment.close,
    releases.close,
    () => closeRedis(subscriber),
    () => closeRedis(redis),
    traces.stop,
  ],
})
