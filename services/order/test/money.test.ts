import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PaymentCaptured } from '@flashsale/contracts/events/payment-captured.ts'
import { PaymentDeclined } from '@flashsale/contracts/events/payment-declined.ts'
import { PaymentRefunded } from '@flashsale/contracts/events/payment-refunded.ts'
import { StockHeld } from '@flashsale/contracts/events/stock-held.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { onPaymentCaptured } from '../src/consumers/on-payment-captured.ts'
import { onPaymentDeclined } from '../src/consumers/on-payment-declined.ts'
import { onPaymentRefunded } from '../src/consumers/on-payment-refunded.ts'
import { onStockHeld } from '../src/consumers/on-stock-held.ts'
import { applyInput } from '../src/db/apply-input.ts'
import { moneyFor, newHold, testOrders } from './test-orders.ts'

test('the right amount pays an order once, however often it is told', async (t) => {
  const { deliver, order, outbox, cancel } = await testOrders(t)
  const hold = newHold()
  const { orderId, saleId, buyerId } = hold
  const money = moneyFor(hold)
  await deliver(onStockHeld, StockHeld, hold)
  await deliver(onPaymentCaptured, PaymentCaptured, money)
  await deliver(onPaymentCaptured, PaymentCaptured, money)
  await deliver(onPaymentDeclined, PaymentDeclined, money)
  await deliver(onPaymentRefunded, PaymentRefunded, money)

  assert.equal((await order(orderId))?.state, 'paid')
  assert.equal(await cancel(orderId, buyerId), 'not-cancellable')
  const payload = { orderId, saleId }
  assert.deepEqual(await outbox(orderId), [{ type: 'order.paid', payload }])
})

test('a wrong amount, or another currency, ends the order and goes back whole', async (t) => {
  const { deliver, order, outbox } = await testOrders(t)
  const [less, more, foreign] = [newHold(), newHold(), newHold()]
  const monies = [moneyFor(less, -1), moneyFor(more, 1), { ...moneyFor(foreign), currency: 'USD' }]
  await deliver(onStockHeld, StockHeld, less, more, foreign)
  await deliver(onPaymentCaptured, PaymentCaptured, ...monies)
  for (const { orderId, paymentId, amountMinor } of monies) {
    const ended = await order(orderId)
    assert.deepEqual([ended?.state, ended?.reason], ['refunding', 'payment-failed'])
    const [cancelled, refund, ...rest] = await outbox(orderId)
    assert.equal(cancelled?.type, 'order.cancelled')
    assert.equal(cancelled?.payload.reason, 'payment-failed')
    const payload = { orderId, paymentId, amountMinor }
    assert.deepEqual(refund, { type: 'order.refund-wanted', payload })
    assert.deepEqual(rest, [])
  }
})

test('P5: money that comes after the end goes back, and the end keeps its reason', async (t) => {
  const { deliver, order, cancel, told } = await testOrders(t)
  const hold = newHold()
  const money = moneyFor(hold)
  await deliver(onStockHeld, StockHeld, hold)
  assert.equal(await cancel(hold.orderId, hold.buyerId), 'cancelled')
  await deliver(onPaymentCaptured, PaymentCaptured, money)
  await deliver(onPaymentCaptured, PaymentCaptured, money)
  const late = await order(hold.orderId)
  assert.deepEqual([late?.state, late?.reason], ['refunding', 'by-buyer'])
  assert.deepEqual(await told(hold.orderId), ['order.cancelled', 'order.refund-wanted'])

  await deliver(onPaymentRefunded, PaymentRefunded, money)
  await deliver(onPaymentRefunded, PaymentRefunded, money)
  await deliver(onPaymentCaptured, PaymentCaptured, money)
  assert.equal((await order(hold.orderId))?.state, 'refunded')
  assert.equal((await told(hold.orderId)).length, 2)
})

test('money for an order that nobody knows goes back, and its later hold too', async (t) => {
  const { deliver, order, told, db } = await testOrders(t)
  const hold = newHold()
  const money = moneyFor(hold)
  await deliver(onPaymentCaptured, PaymentCaptured, money)
  await deliver(onPaymentCaptured, PaymentCaptured, money)
  assert.deepEqual(await told(hold.orderId), ['order.refund-wanted'])
  assert.equal(await order(hold.orderId), undefined) // whose it is comes with the hold
  const { rowCount } = await db.query('select from orders')
  assert.equal(rowCount, 1)

  await deliver(onStockHeld, StockHeld, hold)
  assert.deepEqual(await told(hold.orderId), ['order.refund-wanted', 'order.cancelled'])
  const known = await order(hold.orderId)
  assert.deepEqual([known?.state, known?.buyerId], ['refunding', hold.buyerId])
})

test('money for a wish to cancel goes back, and its later hold too', async (t) => {
  const { deliver, order, cancel, told } = await testOrders(t)
  const hold = newHold()
  await cancel(hold.orderId, hold.buyerId)
  await deliver(onPaymentCaptured, PaymentCaptured, moneyFor(hold))
  assert.deepEqual(await told(hold.orderId), ['order.refund-wanted'])
  await deliver(onStockHeld, StockHeld, hold)
  assert.deepEqual(await told(hold.orderId), ['order.refund-wanted', 'order.cancelled'])
  const ended = await order(hold.orderId)
  assert.deepEqual([ended?.state, ended?.reason], ['refunding', 'by-buyer'])
})

test('a declined payment ends the order; for any other order it means nothing', async (t) => {
  const { deliver, order, told } = await testOrders(t)
  const [pending, paid, unknown] = [newHold(), newHold(), newHold()]
  await deliver(onStockHeld, StockHeld, pending, paid)
  await deliver(onPaymentCaptured, PaymentCaptured, moneyFor(paid))
  for (let copies = 0; copies < 2; copies++) {
    await deliver(
      onPaymentDeclined,
      PaymentDeclined,
      ...[pending, paid, unknown].map((h) => moneyFor(h)),
    )
  }
  const ended = await order(pending.orderId)
  assert.deepEqual([ended?.state, ended?.reason], ['cancelled', 'payment-failed'])
  assert.deepEqual(await told(pending.orderId), ['order.cancelled'])
  assert.equal((await order(paid.orderId))?.state, 'paid')
  assert.equal(await order(unknown.orderId), undefined)
})

test('what waits for another change to commit is judged by what that change left', async (t) => {
  const { db, deliver, order, told } = await testOrders(t)
  const [ended, paid] = [newHold(), newHold()]
  await deliver(onStockHeld, StockHeld, ended, paid)
  let waiting: Promise<unknown>[] = []
  await db.tx(async (tx) => {
    await applyInput(tx, 'timed out', [{ id: ended.orderId }])
    await applyInput(tx, 'captured', [{ id: paid.orderId, money: moneyFor(paid) }])
    waiting = [
      deliver(onPaymentCaptured, PaymentCaptured, moneyFor(ended)),
      deliver(onPaymentDeclined, PaymentDeclined, moneyFor(paid)),
    ]
    await until(() => bothWait(db), { timeoutMs: 5_000, what: 'both to wait for the rows' })
  })
  await Promise.all(waiting)
  assert.equal((await order(ended.orderId))?.state, 'refunding')
  assert.deepEqual(await told(ended.orderId), ['order.cancelled', 'order.refund-wanted'])
  assert.equal((await order(paid.orderId))?.state, 'paid')
  assert.deepEqual(await told(paid.orderId), ['order.paid'])
})

async function bothWait(db: Db) {
  const { rowCount } = await db.query(
    `select from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rowCount === 2
}
