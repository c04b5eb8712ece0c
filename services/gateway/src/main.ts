import { createOrderIds } from '@flashsale/contracts/order-id.ts'
import { closeRedis, connectRedis } from '@flashsale/redis/connection.ts'
import { createHttpClient } from '@flashsale/service-kit/http-client.ts'
import { createLog } from '@flashsale/service-kit/log.ts'
import { runService } from '@flashsale/service-kit/run.ts'
import { buildApp } from './app.ts'
import { createBroadcast } from './clients/broadcast.ts'
import { createInventoryClient } from './clients/inventory.ts'
import { createInventoryAdmin } from './clients/inventory-admin.ts'
import { createOrderClient } from './clients/order.ts'
import { createPaymentClient } from './clients/payment.ts'
import { readConfig } from './config.ts'
import { startSaleBoard } from './jobs/sale-board.ts'

const PEER_TIMEOUT_MS = 2000

const config = readConfig(process.env)
const log = createLog('gateway')
const timeoutMs = PEER_TIMEOUT_MS
const toInventory = createHttpClient(config.inventoryUrl, { timeoutMs })
const toOrder = createHttpClient(config.orderUrl, { timeoutMs })
const toPayment = createHttpClient(config.paymentUrl, { timeoutMs })
const redis = connectRedis(config.redis)
const subscriber = connectRedis(config.redis)
const broadcast = createBroadcast(subscriber, log)

const inventory = createInventoryClient(toInventory, log)
const board = startSaleBoard({ inventory, broadcast, log })
const app = await buildApp({
  config,
  orderIds: createOrderIds(config.orderIdSecret),
  board,
  inventory,
  inventoryAdmin: createInventoryAdmin(toInventory),
  order: createOrderClient(toOrder),
  payment: createPaymentClient(toPayment),
})
await runService(app, {
  host: config.host,
  port: config.port,
  close: [
    board.stop,
    broadcast.stop,
    toInventory.close,
    toOrder.close,
    toPayment.close,
    () => closeRedis(subscriber),
    () => closeRedis(redis),
  ],
})
