import { topics } from '@flashsale/contracts/topics.ts'
import { createBus } from '@flashsale/messaging/bus.ts'
import { messagingMigrations } from '@flashsale/messaging/migrations.ts'
import { startRelay } from '@flashsale/messaging/relay.ts'
import { createDb } from '@flashsale/service-kit/db.ts'
import { startJob } from '@flashsale/service-kit/job.ts'
import { createLog } from '@flashsale/service-kit/log.ts'
import { migrate } from '@flashsale/service-kit/migrate.ts'
import { runService } from '@flashsale/service-kit/run.ts'
import { timelineGuard, timelineMigrations, whenAccepted } from '@flashsale/service-kit/timeline.ts'
import { buildApp } from './app.ts'
import { createBank } from './clients/bank.ts'
import { readConfig } from './config.ts'
import { onOrderCancelled } from './consumers/on-order-cancelled.ts'
import { onOrderRefundWanted } from './consumers/on-order-refund-wanted.ts'
import { onPaymentCallbackStored } from './consumers/on-payment-callback-stored.ts'
import { checkBack } from './jobs/check-back.ts'
import { expireCheckouts } from './jobs/expire-checkouts.ts'
import { sendRefunds, watchStuckRefunds } from './jobs/send-refunds.ts'

const EXPIRE_EVERY_MS = 1000
const REFUND_EVERY_MS = 250

const config = readConfig(process.env)
const { checkBackEveryMs, expireCheckoutAfterSeconds: afterSeconds } = config
const guard = timelineGuard({ standby: config.standby, log: createLog('payment') })
const db = createDb(config.databaseUrl, { name: config.instance, guard })
await whenAccepted(db)
await migrate(db, timelineMigrations)
await migrate(db, messagingMigrations)
await migrate(db, new URL('../migrations/', import.meta.url))

const bank = createBank(config)
const bus = createBus({
  brokers: config.kafkaBrokers,
  group: 'payment',
  topicPrefix: config.topicPrefix,
  partitions: config.kafkaPartitions,
  clientId: config.instance,
})
const ready = async () => bus.connected() && (await db.query('select 1')).rowCount === 1
const app = await buildApp({ db, bank, config, ready })
const { log } = app

const jobs = [
  startJob({
    name: 'check-back',
    everyMs: Math.min(checkBackEveryMs, 500), // how soon it sees that one's interval is over
    run: () => checkBack({ db, bank, everyMs: checkBackEveryMs }),
    log,
  }),
  startJob({
    name: 'expire-checkouts',
    everyMs: EXPIRE_EVERY_MS,
    run: () => expireCheckouts({ db, bank, afterSeconds }),
    log,
  }),
  startJob({
    name: 'send-refunds',
    everyMs: REFUND_EVERY_MS,
    run: () => sendRefunds({ db, bank }),
    log,
  }),
]
const stopJobs = () => Promise.all(jobs.map(({ stop }) => stop()))
watchStuckRefunds(db)
await runService(app, {
  host: config.host,
  port: config.port,
  close: [stopJobs, bus.close, bank.close, db.close],
})

// Callbacks are taken from here on, Kafka there or not; /readyz says when all of it works.
await bus.ensureTopics([topics.orders, topics.payments])
await bus.start({
  db,
  consumers: [onPaymentCallbackStored, onOrderCancelled, onOrderRefundWanted],
})
jobs.push(startRelay({ db, bus, log }))
