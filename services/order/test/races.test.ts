import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PaymentCaptured } from '@flashsale/contracts/events/payment-captured.ts'
import { StockHeld } from '@flashsale/contracts/events/stock-held.ts'
import { onPaymentCaptured } from '../src/consumers/on-payment-captured.ts'
import { onStockHeld } from '../src/consumers/on-stock-held.ts'
import { cancelUnpaid } from '../src/jobs/cancel-unpaid.ts'
import { moneyFor, newHold, testOrders } from './test-orders.ts'

const ORDERS = 150

test('cancel against paid: one wins, and what is told agrees', async (t) => {
  const { deliver, order, cancel, told } = await testOrders(t)
  const holds = Array.from({ length: ORDERS }, () => newHold())
  await deliver(onStockHeld, StockHeld, ...holds)
  const monies = holds.map((hold) => moneyFor(hold))
  const batches = [0, 1, 2].map((n) => monies.slice((n * ORDERS) / 3, ((n + 1) * ORDERS) / 3))
  const cancels = holds.toReversed().map(({ orderId, buyerId }) => cancel(orderId, buyerId))
  await Promise.all(batches.map((batch) => deliver(onPaymentCaptured, PaymentCaptured, ...batch)))
  const answers = (await Promise.all(cancels)).toReversed()

  let paid = 0
  for (const [n, { orderId }] of holds.entries()) {
    const { state } = (await order(orderId)) ?? {}
    if (state === 'paid') {
      paid++
      assert.equal(answers[n], 'not-cancellable')
      assert.deepEqual(await told(orderId), ['order.paid'])
    } else {
      assert.deepEqual([state, answers[n]], ['refunding', 'cancelled'])
      assert.deepEqual(await told(orderId), ['order.cancelled', 'order.refund-wanted'])
    }
  }
  t.diagnostic(`${paid} of ${ORDERS} were paid`)
})

test('cancel against hold, money and time-out at once: every order has one end', async (t) => {
  const { db, deliver, order, cancel, told } = await testOrders(t)
  const holds = Array.from({ length: ORDERS }, () => newHold())
  const ends = new Set<string>()
  await Promise.all([
    deliver(onStockHeld, StockHeld, ...holds.map((hold) => ({ ...hold, paymentWindowSeconds: 0 }))),
    deliver(onPaymentCaptured, PaymentCaptured, ...holds.slice(0, 50).map((h) => moneyFor(h))),
    ...holds.slice(25).map(({ orderId, buyerId }) => cancel(orderId, buyerId)),
    cancelUnpaid(db),
  ])
  await cancelUnpaid(db)
  for (const { orderId } of holds) {
    const { state = 'none' } = (await order(orderId)) ?? {}
    const events = await told(orderId)
    ends.add(state)
    assert.equal(events.includes('order.paid'), state === 'paid')
    assert.notEqual(events.includes('order.cancelled'), state === 'paid')
    assert.equal(events.includes('order.refund-wanted'), state === 'refunding')
    assert.ok(['paid', 'cancelled', 'refunding'].includes(state), state)
  }
  assert.ok(ends.size > 1)
})

test('two wishes to cancel at once, before and after the hold, get the same answer', async (t) => {
  const { deliver, cancel, told } = await testOrders(t)
  const hold = newHold()
  const many = () =>
    Promise.all(Array.from({ length: 20 }, () => cancel(hold.orderId, hold.buyerId)))
  assert.deepEqual(new Set(await many()), new Set(['wanted']))
  await deliver(onStockHeld, StockHeld, hold)
  assert.deepEqual(new Set(await many()), new Set(['cancelled']))
  assert.deepEqual(await told(hold.orderId), ['order.cancelled'])
})
