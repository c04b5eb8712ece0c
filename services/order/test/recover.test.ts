import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { EventDefinition } from '@flashsale/contracts/define-event.ts'
import { OrderCancelled } from '@flashsale/contracts/events/order-cancelled.ts'
import { OrderPaid } from '@flashsale/contracts/events/order-paid.ts'
import { PaymentCaptured } from '@flashsale/contracts/events/payment-captured.ts'
import { StockHeld } from '@flashsale/contracts/events/stock-held.ts'
import { topics } from '@flashsale/contracts/topics.ts'
import { createBus } from '@flashsale/messaging/bus.ts'
import { createFindings, recoveryLog } from '@flashsale/service-kit/recovery.ts'
import { testTopicPrefix } from '@flashsale/test-kit/bus.ts'
import { servers } from '@flashsale/test-kit/servers.ts'
import type { z } from 'zod'
import { giveTime } from '../src/db/recovery.ts'
import { winBack } from '../src/recover/win-back.ts'
import { eventOf, moneyFor, newHold, type TestHold, testOrders } from './test-orders.ts'

/** An order service that has lost everything, and the events that others have. */
async function testLoss(t: TestContext) {
  const { db } = await testOrders(t)
  const topicPrefix = testTopicPrefix(t)
  const brokers = servers.kafkaBrokers()
  const log = recoveryLog(createFindings('order', () => {}))
  const bus = createBus({ brokers, group: 'teller', topicPrefix, partitions: 1, log })
  t.after(bus.close)
  await bus.ensureTopics(Object.values(topics))
  return {
    db,
    async told<Data extends z.ZodType>(event: EventDefinition<Data>, data: z.infer<Data>) {
      const { id, type, version, occurredAt, key } = eventOf(event, data)
      const headers = { id, type, version: String(version), 'occurred-at': occurredAt }
      await bus.publish([{ topic: event.topic, key, value: JSON.stringify(data), headers }])
    },
    async recover() {
      const findings = createFindings('order', () => {})
      await winBack({ db, source: { brokers, topicPrefix, log }, findings })
      return findings.report()
    },
    async stateOf({ orderId }: TestHold) {
      const { rows } = await db.query('select state, reason from orders where id = $1', [orderId])
      return rows[0]
    },
    async tells(type: string) {
      const { rows } = await db.query('select from outbox where type = $1', [type])
      return rows.length
    },
  }
}

const cancelled = ({ orderId, saleId }: TestHold) => ({
  orderId,
  saleId,
  reason: 'unpaid' as const,
})

test('an order that was cancelled before its money came is refunded again, and never paid', async (t) => {
  const { told, recover, stateOf, tells } = await testLoss(t)
  const hold = newHold()
  await told(StockHeld, hold)
  await told(OrderCancelled, cancelled(hold))
  await told(PaymentCaptured, moneyFor(hold))

  const { open, wonBack } = await recover()
  assert.deepEqual(open, [])
  assert.deepEqual(wonBack, [{ kind: 'order', from: 'Kafka', count: 1 }])
  assert.deepEqual(await stateOf(hold), { state: 'refunding', reason: 'unpaid' })
  assert.deepEqual([await tells('order.paid'), await tells('order.refund-wanted')], [0, 1])
})

test('money meets its order whichever topic is read first, and a second run changes nothing', async (t) => {
  const { db, told, recover, stateOf } = await testLoss(t)
  const [paid, open] = [newHold(), newHold()]
  await told(PaymentCaptured, moneyFor(paid))
  await told(OrderPaid, paid)
  await told(StockHeld, paid)
  await told(StockHeld, open)

  assert.deepEqual((await recover()).open, [])
  const states = async () => [(await stateOf(paid))?.state, (await stateOf(open))?.state]
  assert.deepEqual(await states(), ['paid', 'pending-payment'])
  const before = await db.query('select id, changed_at from orders order by id')
  assert.deepEqual(await recover(), { service: 'order', wonBack: [], open: [] })
  const after = await db.query('select id, changed_at from orders order by id')
  assert.deepEqual(after.rows, before.rows)
})

test('an order that was told to be paid, and has no money on record, is named as money', async (t) => {
  const { told, recover } = await testLoss(t)
  const hold = newHold()
  await told(StockHeld, hold)
  await told(OrderPaid, hold)

  const { open } = await recover()
  assert.deepEqual(
    open.map(({ weight, count }) => [weight, count]),
    [['money', 1]],
  )
  const named = open[0]?.examples[0] as { orderId: string }
  assert.equal(named.orderId, hold.orderId)
})

test('who could not pay while everything stood still gets at least a minute', async (t) => {
  const { db, told, recover } = await testLoss(t)
  await told(StockHeld, newHold())
  await recover()
  await db.query("update orders set pay_by = now() - interval '1 hour'")
  await giveTime(db)
  const { rows } = await db.query("select from orders where pay_by > now() + interval '55 s'")
  assert.equal(rows.length, 1)
})
