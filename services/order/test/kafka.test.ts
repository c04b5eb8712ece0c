import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { EventDefinition, EventOf } from '@flashsale/contracts/define-event.ts'
import { OrderCancelled } from '@flashsale/contracts/events/order-cancelled.ts'
import { OrderPaid } from '@flashsale/contracts/events/order-paid.ts'
import { OrderRefundWanted } from '@flashsale/contracts/events/order-refund-wanted.ts'
import { PaymentCaptured } from '@flashsale/contracts/events/payment-captured.ts'
import { PaymentDeclined } from '@flashsale/contracts/events/payment-declined.ts'
import { PaymentRefunded } from '@flashsale/contracts/events/payment-refunded.ts'
import { StockHeld } from '@flashsale/contracts/events/stock-held.ts'
import { OrderView } from '@flashsale/contracts/http/order.ts'
import { type Topic, topics } from '@flashsale/contracts/topics.ts'
import { createBus, type Message } from '@flashsale/messaging/bus.ts'
import { consumer } from '@flashsale/messaging/consumer.ts'
import { messagingMigrations } from '@flashsale/messaging/migrations.ts'
import { createDb } from '@flashsale/service-kit/db.ts'
import { createLog } from '@flashsale/service-kit/log.ts'
import { migrate } from '@flashsale/service-kit/migrate.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import { request } from '@flashsale/test-kit/http.ts'
import { startSystem } from '@flashsale/test-kit/system.ts'
import type { z } from 'zod'
import { eventOf, moneyFor, newHold, type TestHold } from './test-orders.ts'

const EVENTUALLY_MS = 60_000

/** The order service as a process, its neighbours' topics in our hands. */
async function orderProcess(t: TestContext) {
  const system = await startSystem(t, { services: ['order'] })
  const db = createDb(await testDatabase(t, { name: 'reader' }))
  await migrate(db, messagingMigrations)
  const { KAFKA_BROKERS = '' } = process.env
  const log = createLog('reader', 'error')
  const brokers = KAFKA_BROKERS.split(',')
  const bus = createBus({ brokers, group: 'reader', topicPrefix: system.topicPrefix, log })
  const told: { id: string; type: string }[] = []
  const reader = (event: typeof OrderPaid | typeof OrderCancelled | typeof OrderRefundWanted) =>
    consumer(event as typeof OrderPaid, async (_, events) => {
      told.push(...events.map(({ type, data }) => ({ id: data.orderId, type })))
    })
  await bus.start({ db, consumers: [OrderPaid, OrderCancelled, OrderRefundWanted].map(reader) })
  t.after(async () => {
    await bus.close()
    await db.close()
  })
  const stateOf = async ({ orderId }: TestHold) => {
    const { status, body } = await request(`${system.urls.order}/internal/orders/${orderId}`)
    return status === 200 ? OrderView.parse(body) : undefined
  }
  return { ...system, bus, told, stateOf }
}

function messageOf<Data extends z.ZodType>(event: EventDefinition<Data>, data: z.infer<Data>) {
  const { id, type, version, occurredAt, key } = eventOf(event, data) as EventOf<typeof event>
  const headers = { id, type, version: String(version), 'occurred-at': occurredAt }
  return { topic: event.topic, key, value: JSON.stringify(data), headers } satisfies Message
}

const tellsOf: Record<string, string[]> = {
  paid: ['order.paid'],
  cancelled: ['order.cancelled'],
  refunding: ['order.cancelled', 'order.refund-wanted'],
  refunded: ['order.cancelled', 'order.refund-wanted'],
}
const soon = (what: string) => ({ timeoutMs: EVENTUALLY_MS, what })

const shuffled = <T>(list: T[]) =>
  list
    .map((each) => ({ each, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ each }) => each)

test('P6: events twice, out of turn and over a kill give every order one end', async (t) => {
  const { bus, told, stateOf, kill, start } = await orderProcess(t)
  // A decline that comes before its hold means nothing: that order ends by its time.
  const holds = Array.from({ length: 60 }, () => newHold({ windowS: 12 }))
  const messages = holds.flatMap((hold, n) => {
    const money = moneyFor(hold, n % 4 === 0 ? 1 : 0)
    const held = messageOf(StockHeld, hold)
    const answer = messageOf(n % 4 === 1 ? PaymentDeclined : PaymentCaptured, money)
    return [held, answer, messageOf(PaymentRefunded, money)]
  })
  const inTurn = (topic: Topic) => messages.filter((message) => message.topic === topic)
  // Of one topic and key they come in turn; copies, and the topics among each other, as they like.
  for (const topic of shuffled([topics.stock, topics.payments])) await bus.publish(inTurn(topic))
  await bus.publish(shuffled(messages))
  await kill('order')
  await bus.publish(shuffled(messages))
  await start('order')

  const allEnded = async () => {
    const orders = await Promise.all(holds.map(stateOf))
    const open = orders.some((order) => !order || order.state === 'pending-payment')
    return open ? undefined : orders
  }
  const orders = await until(allEnded, { timeoutMs: EVENTUALLY_MS, what: 'every order to end' })
  const last = newHold() // behind all copies of the partition that it is in
  await bus.publish([messageOf(StockHeld, last)])
  await until(async () => (await stateOf(last)) !== undefined, soon('the last event'))

  for (const [n, { orderId }] of holds.entries()) {
    const types = () => told.filter(({ id }) => id === orderId).map(({ type }) => type)
    const state = orders[n]?.state ?? ''
    const wanted = tellsOf[state]
    assert.ok(wanted, state)
    await until(() => types().length >= wanted.length, soon(`events of ${orderId}`))
    assert.deepEqual(types().toSorted(), wanted, `${n} ${state}`)
  }
})

test('R11: a hold that can not be handled ends as cancelled, and the others go on', async (t) => {
  const { bus, told, stateOf, stop, urls } = await orderProcess(t)
  const [good, bad, alsoGood] = [newHold(), { ...newHold(), quantity: 3_000_000_000 }, newHold()]
  await bus.publish([good, bad, alsoGood].map((hold) => messageOf(StockHeld, hold)))
  await until(() => told.some(({ id }) => id === bad.orderId), soon('the dead hold to be told'))
  const ended = await stateOf(bad)
  assert.deepEqual([ended?.state, ended?.reason], ['cancelled', 'not-recorded'])
  for (const hold of [good, alsoGood]) {
    const placed = await until(() => stateOf(hold), soon('the other holds'))
    assert.equal(placed.state, 'pending-payment')
  }

  await bus.publish([messageOf(PaymentCaptured, moneyFor(bad))])
  const isBack = () =>
    told.some(({ id, type }) => id === bad.orderId && type === OrderRefundWanted.type)
  await until(isBack, soon('its money to go back'))
  const { body: metrics } = await request(`${urls.order}/metrics`)
  assert.match(metrics, /order_moves_total\{input="captured",to="refunding"\} 1/)
  assert.equal(await stop('order'), 0)
})
