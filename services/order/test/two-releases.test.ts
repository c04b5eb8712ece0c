import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PaymentCaptured } from '@flashsale/contracts/events/payment-captured.ts'
import { PaymentCaptured2 } from '@flashsale/contracts/events/payment-captured-2.ts'
import { StockHeld } from '@flashsale/contracts/events/stock-held.ts'
import { readMessage } from '@flashsale/messaging/read-message.ts'
import { contract } from '@flashsale/service-kit/contract.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { onPaymentCaptured, onPaymentCaptured2 } from '../src/consumers/on-payment-captured.ts'
import { onStockHeld } from '../src/consumers/on-stock-held.ts'
import { LISTS_NAME } from '../src/db/list-orders.ts'
import { migrations } from '../src/db/migrations.ts'
import { eventOf, moneyFor, newHold, type TestHold, testOrders } from './test-orders.ts'

const capturedAt = '2026-11-22T10:00:00.000Z'

test('both versions of payment.captured pay an order, and version 2 says when', async (t) => {
  const { deliver, order } = await testOrders(t)
  const [first, second] = [newHold(), newHold()]
  await deliver(onStockHeld, StockHeld, first, second)
  await deliver(onPaymentCaptured, PaymentCaptured, moneyFor(first))
  await deliver(onPaymentCaptured2, PaymentCaptured2, { ...moneyFor(second), capturedAt })
  const [one, two] = [await order(first.orderId), await order(second.orderId)]
  assert.deepEqual([one?.state, two?.state], ['paid', 'paid'])
  assert.ok(one?.paidAt) // when order heard of it
  assert.equal(two?.paidAt, capturedAt)
})

test('each version of payment.captured has its reader, and one still to come has none', () => {
  const consumers = [onPaymentCaptured, onPaymentCaptured2]
  const readerOf = (version: number) => {
    const said = { ...moneyFor(newHold()), capturedAt }
    const { id, type, key, occurredAt, data } = eventOf({ ...PaymentCaptured2, version }, said)
    const headers = { id, type, version: String(version), 'occurred-at': occurredAt }
    const place = { topic: PaymentCaptured2.topic, partition: 0, offset: '0', sentAtMs: 0, key }
    return readMessage({ ...place, value: JSON.stringify(data), headers }, consumers)?.consumer
  }
  assert.deepEqual([1, 2, 3].map(readerOf), [onPaymentCaptured, onPaymentCaptured2, undefined])
})

/** As the release before `paid_at` wrote it. */
async function payAsBefore(db: Db, hold: TestHold) {
  const { orderId, paymentId } = moneyFor(hold)
  await db.query(
    `update orders set state = 'paid', payment_id = $2, changed_at = now() where id = $1`,
    [orderId, paymentId],
  )
}

test('an older release pays orders beside a newer one, until the contract fills in what it left out', async (t) => {
  const { db, deliver, order } = await testOrders(t)
  const [old, late] = [newHold(), newHold()]
  await deliver(onStockHeld, StockHeld, old, late)
  await payAsBefore(db, old)
  const seen = await order(old.orderId)
  assert.deepEqual([seen?.state, seen?.paidAt], ['paid', undefined])

  const others = [LISTS_NAME, 'flashsale'] // the sessions of this test
  assert.deepEqual(await contract(db, migrations, { besides: others }), [
    'contract/0003-paid-at.sql',
  ])
  assert.ok((await order(old.orderId))?.paidAt)
  await assert.rejects(payAsBefore(db, late), { constraint: 'orders_paid_at_known' })
  await deliver(onPaymentCaptured, PaymentCaptured, moneyFor(late))
  assert.equal((await order(late.orderId))?.state, 'paid')
})
