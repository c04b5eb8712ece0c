/** Order's place on the topics: hears what payment writes, and writes what payment reads. */
import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { EventDefinition } from '@flashsale/contracts/define-event.ts'
import { OrderCancelled } from '@flashsale/contracts/events/order-cancelled.ts'
import { OrderRefundWanted } from '@flashsale/contracts/events/order-refund-wanted.ts'
import { PaymentCaptured } from '@flashsale/contracts/events/payment-captured.ts'
import { PaymentCaptured2 } from '@flashsale/contracts/events/payment-captured-2.ts'
import { PaymentDeclined } from '@flashsale/contracts/events/payment-declined.ts'
import { PaymentRefunded } from '@flashsale/contracts/events/payment-refunded.ts'
import { createBus } from '@flashsale/messaging/bus.ts'
import { consumer } from '@flashsale/messaging/consumer.ts'
import { messagingMigrations } from '@flashsale/messaging/migrations.ts'
import { createDb } from '@flashsale/service-kit/db.ts'
import { createLog } from '@flashsale/service-kit/log.ts'
import { migrate } from '@flashsale/service-kit/migrate.ts'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import { servers } from '@flashsale/test-kit/servers.ts'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { SALE } from './start-payment.ts'

const HEARD_WITHIN_MS = 30_000 // a killed member keeps its partitions for 6 s

export type Heard = {
  type: string
  version: number
  orderId: string
  amountMinor: number
  capturedAt?: string
}

export async function orderSide(t: TestContext, topicPrefix: string) {
  const heard: Heard[] = []
  t.after(async () => {
    await bus.close()
    await db.close()
  })
  const db = createDb(await testDatabase(t, { name: 'order' }))
  const bus = createBus({
    brokers: servers.kafkaBrokers(),
    group: 'order',
    topicPrefix,
    partitions: 2,
    log: createLog('order', 'error'),
  })
  const hear = (event: EventDefinition) =>
    consumer(event, async (_, events) => {
      for (const { type, version, data } of events) {
        heard.push({ type, version, amountMinor: 0, ...(data as { orderId: string }) })
      }
    })
  const publish = (
    event: EventDefinition,
    data: { orderId: string },
    id: string = randomUUID(),
  ) => {
    const { topic, type, version } = event
    const about = { id, type, version: String(version), 'occurred-at': new Date().toISOString() }
    const value = JSON.stringify(data)
    return bus.publish([{ topic, key: data.orderId, value, headers: about }])
  }
  const of = (orderId: string) => heard.filter((one) => one.orderId === orderId)

  return {
    start: async () => {
      await migrate(db, messagingMigrations)
      const captured = [PaymentCaptured, PaymentCaptured2]
      const events = [...captured, PaymentDeclined, PaymentRefunded] as EventDefinition[]
      await bus.start({ db, consumers: events.map(hear) })
    },
    /** Types of what was heard of an order, in order. */
    heard: (orderId: string) => of(orderId).map(({ type }) => type),
    hears: (type: string, orderId: string) => {
      const find = () => of(orderId).find((one) => one.type === type)
      return eventually(`${type} of ${orderId}`, find, { timeoutMs: HEARD_WITHIN_MS })
    },
    cancel: (orderId: string) =>
      publish(OrderCancelled as EventDefinition, {
        orderId,
        ...{ saleId: SALE, reason: 'unpaid' },
      }),
    wantRefund: (
      order: { orderId: string; paymentId: string; amountMinor: number },
      id?: string,
    ) => {
      const { orderId, paymentId, amountMinor } = order
      const data = { orderId, paymentId, amountMinor }
      return publish(OrderRefundWanted as EventDefinition, data, id)
    },
  }
}
