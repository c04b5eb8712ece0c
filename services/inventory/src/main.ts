import { topics } from '@flashsale/contracts/topics.ts'
import { postgresLeases } from '@flashsale/locks/postgres-leases.ts'
import { createBus } from '@flashsale/messaging/bus.ts'
import { startRelay } from '@flashsale/messaging/relay.ts'
import { closeRedis, connectRedis, whenReady } from '@flashsale/redis/connection.ts'
import { assertSupported } from '@flashsale/redis/oldest-version.ts'
import { createRuntimeConfig } from '@flashsale/runtime-config/runtime-config.ts'
import { createDb } from '@flashsale/service-kit/db.ts'
import { startJob } from '@flashsale/service-kit/job.ts'
import { createLog } from '@flashsale/service-kit/log.ts'
import { migrateAtStart } from '@flashsale/service-kit/migrate.ts'
import { runService } from '@flashsale/service-kit/run.ts'
import { timelineGuard, whenAccepted } from '@flashsale/service-kit/timeline.ts'
import { startTracing } from '@flashsale/tracing/tracing.ts'
import { buildApp } from './app.ts'
import { startBooksReader } from './audit/books-reader.ts'
import { createOrderClient } from './clients/order.ts'
import { createPaymentClient } from './clients/payment.ts'
import { readConfig } from './config.ts'
import { onOrderCancelled } from './consumers/on-order-cancelled.ts'
import { onOrderPaid } from './consumers/on-order-paid.ts'
import { MAIN_CONNECTIONS_MAX } from './db/connections.ts'
import { createSaleList } from './db/list-sales.ts'
import { allMigrations } from './db/migrations.ts'
import { createAdmission } from './domain/admission.ts'
import { createSubjectOf } from './domain/buyer-subject.ts'
import { startSaleClearer } from './jobs/clear-sales.ts'
import { startErasers } from './jobs/erase-buyers.ts'
import { startSaleKeeper } from './jobs/keep-sales.ts'
import { startReconciler } from './jobs/reconcile.ts'
import { startReturner } from './jobs/return-units.ts'
import { startConfigTeller } from './jobs/tell-config.ts'
import { startQueueWatch } from './jobs/watch-queue.ts'
import { startSegmentWatch } from './jobs/watch-segments.ts'
import { startLedgerWriter } from './ledger/writer.ts'
import { createSaleRegister } from './stock/sale-register.ts'

const config = readConfig(process.env)
const traces = await startTracing({
  ...config.traces,
  service: 'inventory',
  instance: config.instance,
  log: createLog('inventory'),
})
const guard = timelineGuard({ standby: config.database.standby, log: createLog('inventory') })
const db = createDb(config.database, { name: config.instance, guard, max: MAIN_CONNECTIONS_MAX })
const redis = connectRedis(config.redis)
const streams = connectRedis({ ...config.redis, blocking: true })
const bus = createBus({ ...config.kafka, group: 'inventory', clientId: config.instance })
const saleList = createSaleList(config.database)
const orders = createOrderClient(config.orderUrl)
const payments = createPaymentClient(config.paymentUrl)

await whenAccepted(db)
await migrateAtStart(db, allMigrations, {
  how: config.database.migrate,
  log: createLog('inventory'),
})
const register = createSaleRegister(db)
await register.refresh()
await whenReady(redis, 10_000)
await assertSupported(redis)

const { logLevel, release, instance, streamEntriesMax, admissionWaitMsMax: waitMsMax } = config
const ready = { redis: () => redis.status === 'ready', timeline: () => !db.failedOver() }
const books = startBooksReader(config, createLog('inventory'))
const admission = createAdmission({ waitMsMax, streamEntriesMax })
const runtimeConfig = createRuntimeConfig(createLog('inventory'))
const teller = startConfigTeller({
  db,
  redis,
  config: runtimeConfig,
  log: createLog('inventory'),
})
const subjectOf = createSubjectOf(config.erasureSecret)
const app = buildApp({
  db,
  redis,
  register,
  saleList,
  books,
  admission,
  runtimeConfig,
  teller,
  subjectOf,
  faults: { allowed: config.faultsAllowed, instance },
  logLevel,
  release,
  ready,
})
const { log } = app
const leases = postgresLeases(db)
const writer = startLedgerWriter({ db, streams, redis, register, writer: instance, log })
const returner = startReturner({ db, redis, register, leases, holder: instance, log })
const watch = startSegmentWatch({ db, redis, register, log })
const reconciler = startReconciler({
  db,
  books,
  register,
  leases,
  holder: instance,
  log,
})
const queue = startQueueWatch({ db, redis, register, bus, admission, log })
const keeper = startSaleKeeper({ db, redis, register, leases, holder: instance, log })
const clearer = startSaleClearer({ db, redis, leases, holder: instance, log })
const erasers = startErasers({
  db,
  orders,
  payments,
  subjectOf,
  daysKept: config.buyersKeptDays,
  leases,
  holder: instance,
  log,
})
const relay = startRelay({ db, bus, holder: instance, log })

// The sale does not wait for Kafka: orders do.
const joining = startJob({
  name: 'join-kafka',
  everyMs: 60_000,
  log,
  run: async () => {
    await bus.ensureTopics([topics.stock, topics.orders])
    await bus.start({ db, consumers: [onOrderPaid, onOrderCancelled] })
    void joining.stop()
  },
})

await runService(app, {
  host: config.host,
  port: config.port,
  drainMs: config.drainMs,
  close: [
    reconciler.stop,
    teller.stop,
    queue.stop,
    keeper.stop,
    clearer.stop,
    erasers.stop,
    watch.stop,
    returner.stop,
    writer.stop,
    bus.rest,
    relay.flush,
    relay.stop,
    bus.close,
    orders.close,
    payments.close,
    saleList.close,
    books.close,
    () => closeRedis(streams),
    () => closeRedis(redis),
    db.close,
    traces.stop,
  ],
})
