import { topics } from '@flashsale/contracts/topics.ts'
import { postgresLeases } from '@flashsale/locks/postgres-leases.ts'
import { createBus } from '@flashsale/messaging/bus.ts'
import { type Relay, startRelay } from '@flashsale/messaging/relay.ts'
import { askInventory } from '@flashsale/runtime-config/ask-inventory.ts'
import { createRuntimeConfig } from '@flashsale/runtime-config/runtime-config.ts'
import { startConfigWatch } from '@flashsale/runtime-config/watch-config.ts'
import { createDb } from '@flashsale/service-kit/db.ts'
import { createLog } from '@flashsale/service-kit/log.ts'
import { migrateAtStart } from '@flashsale/service-kit/migrate.ts'
import { createPeerClient } from '@flashsale/service-kit/peer-client.ts'
import { runService } from '@flashsale/service-kit/run.ts'
import { timelineGuard, whenAccepted } from '@flashsale/service-kit/timeline.ts'
import { startTracing } from '@flashsale/tracing/tracing.ts'
import { buildApp } from './app.ts'
import { createBank } from './clients/bank.ts'
import { readConfig } from './config.ts'
import { onOrderCancelled } from './consumers/on-order-cancelled.ts'
import { onOrderRefundWanted } from './consumers/on-order-refund-wanted.ts'
import { onPaymentCallbackStored } from './consumers/on-payment-callback-stored.ts'
import { allMigrations } from './db/migrations.ts'
import { startSweepers } from './jobs/start-sweepers.ts'
import { watchOpen } from './jobs/watch-open.ts'

const CONFIG_TIMEOUT_MS = 1_000

const config = readConfig(process.env)
const traces = await startTracing({
  ...config.traces,
  service: 'payment',
  instance: config.instance,
  log: createLog('payment'),
})
const guard = timelineGuard({ standby: config.database.standby, log: createLog('payment') })
const db = createDb(config.database, { name: config.instance, guard })
await whenAccepted(db)
await migrateAtStart(db, allMigrations, {
  how: config.database.migrate,
  log: createLog('payment'),
})

const bank = createBank(config)
const bus = createBus({ ...config.kafka, group: 'payment', clientId: config.instance })
const runtimeConfig = createRuntimeConfig(createLog('payment'))
const { inventoryUrl } = config
const toConfig =
  inventoryUrl === undefined
    ? undefined
    : createPeerClient(inventoryUrl, { peer: 'inventory-config', timeoutMs: CONFIG_TIMEOUT_MS })
const configWatch =
  toConfig &&
  startConfigWatch({
    config: runtimeConfig,
    ask: [askInventory(toConfig)],
    log: createLog('payment'),
  })
const isReachable = async () => (await db.query('select 1')).rowCount === 1
const { hasBackground } = config
const ready = { kafka: () => !hasBackground || bus.connected(), postgres: isReachable }
const app = await buildApp({ db, bank, config, runtimeConfig, ready })
const { log } = app

const { checkBackEveryMs, expireCheckoutAfterSeconds, instance: holder } = config
const leases = postgresLeases(db)
const times = { checkBackEveryMs, expireCheckoutAfterSeconds }
const sweepers = hasBackground
  ? startSweepers({ db, bank, ...times, leases, holder, log })
  : undefined
let relay: Relay | undefined
watchOpen(db)
await runService(app, {
  host: config.host,
  port: config.port,
  drainMs: config.drainMs,
  close: [
    () => configWatch?.stop(),
    () => toConfig?.close(),
    () => sweepers?.stop(),
    bus.rest,
    () => relay?.flush(),
    () => relay?.stop(),
    bus.close,
    bank.close,
    db.close,
    traces.stop,
  ],
})

// Callbacks are taken from here on, Kafka there or not; /readyz says when all of it works.
if (hasBackground) {
  await bus.ensureTopics([topics.orders, topics.payments])
  await bus.start({
    db,
    consumers: [
      onPaymentCallbackStored(config.capturedVersion),
      onOrderCancelled,
      onOrderRefundWanted,
    ],
  })
  relay = startRelay({ db, bus, holder, log })
}
