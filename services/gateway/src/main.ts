import { createOrderIds } from '@flashsale/contracts/order-id.ts'
import { closeRedis, connectRedis, whenReady } from '@flashsale/redis/connection.ts'
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
import { readConfig } from './config.ts'
import { createPurchaseTurns } from './http/purchase.ts'
import { startActionRecord } from './jobs/action-record.ts'
import { startBanList } from './jobs/ban-list.ts'
import { startKeySet } from './jobs/key-set.ts'
import { startLimitBoard } from './jobs/limit-board.ts'
import { startSaleBoard } from './jobs/sale-board.ts'
import { startLoadWatch } from './jobs/watch-load.ts'
import { createCallCounts } from './redis/call-counts.ts'
import { createLimitStore } from './redis/limit-store.ts'
import { configuredKeys, createKeyRing } from './tokens/key-ring.ts'

const PEER_TIMEOUT_MS = 2000
const OPERATED_AT_ONCE_MAX = 32
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
const toOrder = createPeerClient(config.orderUrl, { peer: 'order', timeoutMs })
const toPayment = createPeerClient(config.paymentUrl, { peer: 'payment', timeoutMs })
const redis = connectRedis(config.redis)
const subscriber = connectRedis(config.redis)
const broadcast = createBroadcast(subscriber, log)

const inventory = createInventoryClient({ toReserve, toInventory }, log)
const board = startSaleBoard({ inventory, broadcast, log })
const store = createLimitStore(redis, instance)
await whenReady(redis, KNOWN_WITHIN_MS).catch(() => {}) // else the first reading is lost
const limits = startLimitBoard({ store, broadcast, defaults: config.limits, log })
const { payment, admin } = config.slowCalls
const { keySetUrl, wanted } = config.tokens
const keys = createKeyRing(configuredKeys(config.tokens))
const keySet = keySetUrl
  ? startKeySet({ jwks: createJwksClient(keySetUrl), keys, wanted, log })
  : undefined
const bans = startBanList({ redis, broadcast, log })
// Else who is banned would come in for a moment.
await atMost(KNOWN_WITHIN_MS, Promise.all([limits.known, bans.known]))
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
  slowCalls: {
    payment: createCallCounts(redis, 'payment', payment),
    admin: createCallCounts(redis, 'admin', admin),
  },
  inventory,
  inventoryAdmin: createInventoryAdmin(toOperate),
  actionRecord,
  order: createOrderClient(toOrder),
  payment: createPaymentClient(toPayment),
})
await runService(app, {
  host: config.host,
  port: config.port,
  drainMs: config.drainMs,
  close: [
    load.stop,
    actionRecord.stop,
    board.stop,
    limits.stop,
    () => keySet?.stop(),
    bans.stop,
    broadcast.stop,
    toReserve.close,
    toInventory.close,
    toOperate.close,
    toOrder.close,
    toPayment.close,
    () => closeRedis(subscriber),
    () => closeRedis(redis),
    traces.stop,
  ],
})
