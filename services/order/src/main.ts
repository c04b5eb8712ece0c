import { topics } from '@flashsale/contracts/topics.ts'
import { postgresLeases } from '@flashsale/locks/postgres-leases.ts'
import { createBus } from '@flashsale/messaging/bus.ts'
import { startRelay } from '@flashsale/messaging/relay.ts'
import { refuseContracted, sessionName } from '@flashsale/service-kit/contract.ts'
import { createDb } from '@flashsale/service-kit/db.ts'
import { createLog } from '@flashsale/service-kit/log.ts'
import { migrateAtStart } from '@flashsale/service-kit/migrate.ts'
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

const config = readConfig(process.env)
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
const app = buildApp({
  db,
  lists,
  logLevel: config.logLevel,
  ready: { kafka: bus.connected, postgres: () => isReachable(db) },
})
const { log } = app

await whenAccepted(db)
await migrateAtStart(db, allMigrations, { how: config.database.migrate, log })
await refuseContracted(db, migrations)
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

await runService(app, {
  host: config.host,
  port: config.port,
  drainMs: config.drainMs,
  close: [
    sweepers.stop,
    bus.rest,
    relay.flush,
    relay.stop,
    bus.close,
    inventory.close,
    lists.close,
    db.close,
    traces.stop,
  ],
})
