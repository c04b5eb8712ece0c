import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PaymentCaptured } from '@flashsale/contracts/events/payment-captured.ts'
import { PaymentRefunded } from '@flashsale/contracts/events/payment-refunded.ts'
import { StockHeld } from '@flashsale/contracts/events/stock-held.ts'
import { StockNotRecorded } from '@flashsale/contracts/events/stock-not-recorded.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import { onPaymentCaptured } from '../src/consumers/on-payment-captured.ts'
import { onPaymentRefunded } from '../src/consumers/on-payment-refunded.ts'
import { onStockHeld } from '../src/consumers/on-stock-held.ts'
import { onStockNotRecorded } from '../src/consumers/on-stock-not-recorded.ts'
import { eventOf, moneyFor, newHold, refusalOf, testOrders } from './test-orders.ts'

test('a hold becomes an order that waits for payment, its time counted from then', async (t) => {
  const { deliver, order, told } = await testOrders(t)
  const hold = newHold({ windowS: 90 })
  await deliver(onStockHeld, StockHeld, hold)

  const placed = await order(hold.orderId)
  assert.ok(placed?.payBy)
  assert.equal(Date.parse(placed.payBy) - Date.parse(placed.createdAt), 90_000)
  const { orderId: id, paymentWindowSeconds: _, ...facts } = hold
  const { createdAt, payBy } = placed
  assert.deepEqual(placed, { id, ...facts, state: 'pending-payment', createdAt, payBy })
  assert.deepEqual(await told(hold.orderId), [])
})

test('holds delivered twice, by themselves and among new ones, change nothing', async (t) => {
  const { deliver, order, told } = await testOrders(t)
  const [first, second, third] = [newHold(), newHold(), newHold()]
  await deliver(onStockHeld, StockHeld, first, second)
  await deliver(onPaymentCaptured, PaymentCaptured, moneyFor(second))
  const before = [await order(first.orderId), await order(second.orderId)]

  await deliver(onStockHeld, StockHeld, second, third, first)
  assert.deepEqual([await order(first.orderId), await order(second.orderId)], before)
  assert.equal((await order(third.orderId))?.state, 'pending-payment')
  assert.deepEqual(await told(first.orderId), [])
  assert.deepEqual(await told(second.orderId), ['order.paid'])
})

test('R11: a cancel before the hold ends the order when the hold comes', async (t) => {
  const { deliver, order, cancel, outbox } = await testOrders(t)
  const hold = newHold()
  assert.equal(await cancel(hold.orderId, hold.buyerId), 'wanted')
  const wanted = await order(hold.orderId)
  assert.equal(wanted?.state, 'cancel-wanted')
  assert.equal(wanted?.saleId, undefined)

  await deliver(onStockHeld, StockHeld, hold)
  const ended = await order(hold.orderId)
  assert.deepEqual([ended?.state, ended?.reason], ['cancelled', 'by-buyer'])
  assert.equal(ended?.quantity, hold.quantity)
  const { orderId, saleId } = hold
  const payload = { orderId, saleId, reason: 'by-buyer' }
  assert.deepEqual(await outbox(orderId), [{ type: 'order.cancelled', payload }])
  assert.equal(await cancel(orderId, hold.buyerId), 'cancelled')
})

test('a hold for an order already over is given back, whatever its end', async (t) => {
  const { deliver, order, outbox } = await testOrders(t)
  const [refused, refunding, refunded] = [newHold(), newHold(), newHold()]
  await deliver(onStockNotRecorded, StockNotRecorded, refusalOf(refused))
  await deliver(onPaymentCaptured, PaymentCaptured, moneyFor(refunding), moneyFor(refunded))
  await deliver(onPaymentRefunded, PaymentRefunded, moneyFor(refunded))

  await deliver(onStockHeld, StockHeld, refused, refunding, refunded)
  const reasons = ['not-recorded', 'payment-failed', 'payment-failed']
  for (const { orderId, saleId } of [refused, refunding, refunded]) {
    const payload = { orderId, saleId, reason: reasons.shift() }
    assert.deepEqual((await outbox(orderId)).at(-1), { type: 'order.cancelled', payload })
  }
  assert.equal((await order(refunding.orderId))?.state, 'refunding')
  assert.equal((await order(refunded.orderId))?.state, 'refunded')
})

test('a refused hold leaves an order that is cancelled, twice or once', async (t) => {
  const { deliver, order, cancel, told } = await testOrders(t)
  const [plain, wanted] = [newHold(), newHold()]
  await cancel(wanted.orderId, wanted.buyerId)
  for (let copies = 0; copies < 2; copies++) {
    await deliver(onStockNotRecorded, StockNotRecorded, refusalOf(plain), refusalOf(wanted))
    for (const { orderId, quantity } of [plain, wanted]) {
      const ended = await order(orderId)
      assert.deepEqual([ended?.state, ended?.reason], ['cancelled', 'not-recorded'])
      assert.equal(ended?.quantity, quantity)
      assert.deepEqual(await told(orderId), []) // nothing was held, nothing to give back
    }
  }
  assert.equal(await cancel(wanted.orderId, wanted.buyerId), 'not-cancellable')
})

test('a refusal for an order that lives is a fault, and changes nothing', async (t) => {
  const { deliver, order } = await testOrders(t)
  const [pending, other] = [newHold(), newHold()]
  await deliver(onStockHeld, StockHeld, pending)
  const refusals = [refusalOf(other), refusalOf(pending)]
  const isFault = (error: unknown) =>
    error instanceof Fault && error.code === 'order.live-but-refused'
  await assert.rejects(deliver(onStockNotRecorded, StockNotRecorded, ...refusals), isFault)
  assert.equal((await order(pending.orderId))?.state, 'pending-payment')
  assert.equal(await order(other.orderId), undefined)
})

test('R11: a dead-lettered hold ends as cancelled and is given back', async (t) => {
  const { db, order, cancel, told, deliver } = await testOrders(t)
  const [fresh, wanted, alive] = [newHold(), newHold(), newHold()]
  await cancel(wanted.orderId, wanted.buyerId)
  await deliver(onStockHeld, StockHeld, alive)
  for (const hold of [fresh, wanted, alive]) {
    await db.tx((tx) => onStockHeld.onDead({ tx }, eventOf(StockHeld, hold)))
  }
  for (const { orderId } of [fresh, wanted]) {
    const ended = await order(orderId)
    assert.deepEqual([ended?.state, ended?.reason], ['cancelled', 'not-recorded'])
    assert.deepEqual(await told(orderId), ['order.cancelled'])
  }
  assert.equal((await order(alive.orderId))?.state, 'pending-payment') // a dead copy of a good hold
})

test('R11: a hold that nobody can read leaves a wish to cancel, if its key is an order', async (t) => {
  const { db, order, cancel, deliver } = await testOrders(t)
  const [fresh, wanted, alive] = [newHold(), newHold(), newHold()]
  await cancel(wanted.orderId, wanted.buyerId)
  await deliver(onStockHeld, StockHeld, alive)
  const keys = [fresh, wanted, alive].map(({ orderId }) => orderId)
  for (const key of [...keys, 'no order', ...keys]) {
    const event = { ...eventOf(StockHeld, fresh), key, data: undefined }
    await db.tx((tx) => onStockHeld.onDead({ tx }, event))
  }
  const { rows } = await db.query(
    'select state, buyer_id as buyer from orders order by state, buyer_id nulls first',
  )
  assert.deepEqual(rows, [
    { state: 'cancel-wanted', buyer: null },
    { state: 'cancel-wanted', buyer: wanted.buyerId },
    { state: 'pending-payment', buyer: alive.buyerId },
  ])
  assert.equal(await order(fresh.orderId), undefined) // of unknown buyer, nobody sees it
  assert.equal(await cancel(fresh.orderId, fresh.buyerId), 'wanted')
})
