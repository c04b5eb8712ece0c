import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { request } from '@flashsale/test-kit/http.ts'
import { capture, startPayment } from './start-payment.ts'

test('a bank killed before its callback was taken calls again after its restart', async (t) => {
  const { opened, play, order, payment, bank } = await startPayment(t) // no check-back
  const { paymentId, orderId } = await opened()
  await payment.end('SIGKILL')
  await play(paymentId, 'pay', { copies: 3 })
  await bank.end('SIGKILL')
  await payment.start()
  await bank.start()
  await order.hears('payment.captured', orderId)
  await pause(300)
  assert.deepEqual(order.heard(orderId), ['payment.captured'])
})

test('a callback that was answered is settled once, payment killed right after it', async (t) => {
  const { opened, callback, order, payment } = await startPayment(t) // no check-back
  const orders = await Promise.all(Array.from({ length: 20 }, opened))
  const answers = await Promise.all(orders.map(({ paymentId }) => callback(capture(paymentId))))
  await payment.end('SIGKILL')
  await payment.start()
  for (const answer of answers) assert.equal(answer.status, 200)
  for (const { orderId } of orders) await order.hears('payment.captured', orderId)
  await pause(500)
  for (const { orderId } of orders) assert.deepEqual(order.heard(orderId), ['payment.captured'])
})

test('money is exact through kills of payment and bank under load', async (t) => {
  const fast = { CHECK_BACK_EVERY_MS: '500', EXPIRE_CHECKOUT_AFTER_SECONDS: '60' }
  const { opened, play, order, payment, bank, bankUrl, db } = await startPayment(t, fast)
  const orders = await Promise.all(Array.from({ length: 60 }, opened))
  const late = orders.filter((_, i) => i % 3 === 0)
  await Promise.all(late.map(({ orderId }) => order.cancel(orderId)))

  const paying = orders.map(async ({ paymentId }, i) => {
    await pause(i * 20)
    const trouble = { copies: 1 + (i % 4), neverCall: i % 5 === 0, delayMs: (i % 7) * 100 }
    await play(paymentId, 'pay', trouble).catch(() => {}) // no answer: the bank is being killed
  })
  await pause(300)
  await payment.end('SIGKILL')
  await pause(300)
  await bank.end('SIGKILL')
  await Promise.all(paying)
  await Promise.all([payment.start(), bank.start()])
  for (const { paymentId } of orders) await play(paymentId, 'pay') // who got no answer pays again

  for (const one of late) {
    await order.hears('payment.captured', one.orderId)
    await order.wantRefund(one)
  }
  await payment.end('SIGKILL')
  await payment.start()
  for (const { orderId } of late) await order.hears('payment.refunded', orderId)
  for (const { orderId } of orders) await order.hears('payment.captured', orderId)
  await pause(500)

  for (const one of orders) {
    const refunded = late.includes(one) ? ['payment.refunded'] : []
    assert.deepEqual(order.heard(one.orderId), ['payment.captured', ...refunded])
  }
  const today = new Date().toISOString().slice(0, 10)
  const { body } = await request(`${bankUrl}/statements/${today}`)
  const totals = { capturedMinor: 60_000, refundedMinor: 20_000, netMinor: 40_000 }
  assert.deepEqual(body.totals.EUR, totals)
  const sql = `select (select sum(captured_minor)::int from payments) as captured,
                 (select sum(amount_minor)::int from refunds where state = 'done') as refunded`
  const { rows } = await db.query(sql)
  assert.deepEqual(rows, [{ captured: 60_000, refunded: 20_000 }])
})
