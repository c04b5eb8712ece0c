import { topics } from '@flashsale/contracts/topics.ts'
import { postgresLeases } from '@flashsale/locks/postgres-leases.ts'
import { createBus } from '@flashsale/messaging/bus.ts'
import { startRelay } from '@flashsale/messaging/relay.ts'
import { askInventory } from '@flashsale/runtime-config/ask-inventory.ts'
import { createRuntimeConfig } from '@flashsale/runtime-config/runtime-config.ts'
import { startConfigWatch } from '@flashsale/runtime-config/watch-config.ts'
import { refuseContracted, sessionName } from '@flashsale/service-kit/contract.ts'
import { createDb } from '@flashsale/service-kit/db.ts'
import { createLog } from '@flashsale/service-kit/log.ts'
import { migrateAtStart } from '@flashsale/service-kit/migrate.ts'
import { createPeerClient } from '@flashsale/service-kit/peer-client.ts'
import { runService } from '@flashsale/service-kit/run.ts'
import { timelineGuard, whenAccepted } from '@flashsale/service-kit/timeline.ts'
import { startTracing } from '@flashsale/tracing/tracing.ts'
import { buildApp } from './app.ts'
import { createInventoryClient } from './clients/inventory.ts'
import { readConfig } from './config.ts'
import { onPaymentCaptured, onPaymentCaptured2 } from './consumers/on-payment-captured.ts'
import { onPaymentDeclined } from './consumers/on-payment-declined.ts'
import { onPaymentRefunded } from './consumers/on-payment-refunded.ts'
import { onStockHeld } from './consumers/on-stock-held.ts'
import { onStockNotRecorded } from './consumers/on-stock-not-recorded.ts'
import { isReachable } from './db/is-reachable.ts'
import { createOrderLists } from './db/list-orders.ts'
import { allMigrations, migrations } from './db/migrations.ts'
import { startSweepers } from './jobs/start-sweepers.ts'

const CONFIG_TIMEOUT_MS = 1_000

const config = readConfig(process.env)
const { hasBackground } = config
const traces = await startTracing({
  ...config.traces,
  service: 'order',
  instance: config.instance,
  log: createLog('order'),
})
const guard = timelineGuard({ standby: config.database.standby, log: createLog('order') })
const name = await sessionName(config.instance, migrations)
const db = createDb(config.database, { name, guard })
const lists = createOrderLists(config.database)
const inventory = createInventoryClient(config.inventoryUrl)
const bus = createBus({ ...config.kafka, group: 'order', clientId: config.instance })
const runtimeConfig = createRuntimeConfig(createLog('order'))
const toConfig = createPeerClient(config.inventoryUrl, {
  peer: 'inventory-config',
  timeoutMs: CONFIG_TIMEOUT_MS,
})
const configWatch = startConfigWatch({
  config: runtimeConfig,
  ask: [askInventory(toConfig)],
  log: createLog('order'),
})
const app = buildApp({
  db,
  lists,
  logLevel: config.logLevel,
  release: config.release,
  runtimeConfig,
  faults: { allowed: config.faultsAllowed, instance: config.instance },
  ready: { kafka: () => !hasBackground || bus.connected(), postgres: () => isReachable(db) },
})
const { log } = app

await whenAccepted(db)
await migrateAtStart(db, allMigrations, { how: config.database.migrate, log })
await refuseContracted(db, migrations)
const background = hasBackground ? await startBackground() : undefined

async function startBackground() {
  await bus.ensureTopics([topics.stock, topics.orders, topics.payments])
  await bus.start({
    db,
    consumers: [
      onStockHeld,
      onStockNotRecorded,
      onPaymentCaptured,
      onPaymentCaptured2,
      onPaymentDeclined,
      onPaymentRefunded,
    ],
  })
  const holder = config.instance
  const relay = startRelay({ db, bus, holder, log })
  const sweepers = startSweepers({ db, inventory, leases: postgresLeases(db), holder, log })
  return { relay, sweepers }
}

await runService(app, {
  host: config.host,
  port: config.port,
  drainMs: config.drainMs,
  close: [
    configWatch.stop,
    toConfig.close,
    () => background?.sweepers.stop(),
    bus.rest,
    () => background?.relay.flush(),
    () => background?.relay.stop(),
    bus.close,
    inventory.close,
    lists.close,
    db.close,
    traces.stop,
  ],
})
