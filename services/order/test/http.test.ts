import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PaymentCaptured } from '@flashsale/contracts/events/payment-captured.ts'
import { StockHeld } from '@flashsale/contracts/events/stock-held.ts'
import { createRuntimeConfig } from '@flashsale/runtime-config/runtime-config.ts'
import { createLog } from '@flashsale/service-kit/log.ts'
import { onPaymentCaptured } from '../src/consumers/on-payment-captured.ts'
import { onStockHeld } from '../src/consumers/on-stock-held.ts'
import { moneyFor, newBuyer, newHold, newOrderId, newSale, testOrders } from './test-orders.ts'

test('one order: 200 for a known one, 404 for any other and for what is no id', async (t) => {
  const { app, deliver } = await testOrders(t)
  const hold = newHold()
  await deliver(onStockHeld, StockHeld, hold)
  assert.equal((await app.inject(`/internal/orders/${hold.orderId}`)).statusCode, 200)
  for (const id of [newOrderId(hold.buyerId), 'no-id', 'x'.repeat(500)]) {
    const { statusCode, json } = await app.inject(`/internal/orders/${id}`)
    assert.equal(statusCode, 404)
    assert.equal(json().type, 'urn:flashsale:problem:order-not-found')
  }
})

test('cancel: 200 with each answer, 404 for what is no id, 400, 413 and 415', async (t) => {
  const { app, deliver, cancel } = await testOrders(t)
  const [pending, paid, unknown] = [newHold(), newHold(), newHold()]
  await deliver(onStockHeld, StockHeld, pending, paid)
  await deliver(onPaymentCaptured, PaymentCaptured, moneyFor(paid))
  assert.equal(await cancel(pending.orderId, pending.buyerId), 'cancelled')
  assert.equal(await cancel(pending.orderId, pending.buyerId), 'cancelled')
  assert.equal(await cancel(paid.orderId, paid.buyerId), 'not-cancellable')
  assert.equal(await cancel(unknown.orderId, unknown.buyerId), 'wanted')
  assert.equal(await cancel(unknown.orderId, unknown.buyerId), 'wanted')

  const url = `/internal/orders/${pending.orderId}/cancel`
  const status = async (wanted: object) =>
    (await app.inject({ method: 'POST', url, payload: {}, ...wanted })).statusCode
  const payload = { buyerId: pending.buyerId }
  assert.equal(await status({ payload, url: '/internal/orders/no-id/cancel' }), 404)
  assert.equal(await status({}), 400)
  assert.equal(await status({ payload: { buyerId: '' } }), 400)
  assert.equal(await status({ payload: { buyerId: 'b'.repeat(70_000) } }), 413)
  assert.equal(await status({ payload: 'b', headers: { 'content-type': 'text/csv' } }), 415)
})

test('another buyer can not cancel an order', async (t) => {
  const { deliver, cancel, order } = await testOrders(t)
  const hold = newHold()
  await deliver(onStockHeld, StockHeld, hold)
  assert.equal(await cancel(hold.orderId, newBuyer()), 'not-cancellable')
  assert.equal((await order(hold.orderId))?.state, 'pending-payment')
})

test('lists and audit: 400 for what they do not take', async (t) => {
  const { app } = await testOrders(t)
  const bad = [
    'orders',
    'orders?buyerId=b&cursor=c',
    'orders?buyerId=b&limit=0',
    'orders?buyerId=b&limit=101',
    'admin/orders?state=sold',
    'admin/orders?saleId=s',
    'audit/orders',
    `audit/orders?saleId=${newSale()}&after=a`,
    `audit/orders?saleId=${newSale()}&limit=5001`,
  ]
  for (const path of bad) {
    const { statusCode, json } = await app.inject(`/internal/${path}`)
    assert.equal(statusCode, 400, path)
    assert.equal(json().type, 'urn:flashsale:problem:invalid-request')
  }
})

test('ready only when it can work', async (t) => {
  const { db, lists } = await testOrders(t)
  const { buildApp } = await import('../src/app.ts')
  let ready = true
  const app = buildApp({
    db,
    lists,
    logLevel: 'silent',
    ready: () => ready,
    runtimeConfig: createRuntimeConfig(createLog('test')),
    faults: { allowed: false, instance: 'order-0' },
  })
  assert.equal((await app.inject('/readyz')).statusCode, 200)
  ready = false
  assert.equal((await app.inject('/readyz')).statusCode, 503)
  assert.equal((await app.inject('/healthz')).statusCode, 200)
})
