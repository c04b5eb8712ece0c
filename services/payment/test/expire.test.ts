import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request } from '@flashsale/test-kit/http.ts'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { newOrder, startPayment } from './start-payment.ts'

const FAST = { CHECK_BACK_EVERY_MS: '200', EXPIRE_CHECKOUT_AFTER_SECONDS: '1' }

test('the checkout of a cancelled order', async (t) => {
  const world = await startPayment(t, FAST)
  const { opened, play, order, row, line } = world

  await t.test('is ended when its time has come, the others stay open', async () => {
    const [over, left, other] = [await opened(), await opened(), await opened()]
    await play(left.paymentId, 'abandon')
    await order.cancel(over.orderId)
    await order.cancel(left.orderId)
    for (const { paymentId } of [over, left]) {
      await world.reached(paymentId, 'abandoned')
      assert.equal((await world.atBank(paymentId)).state, 'expired')
      assert.equal((await play(paymentId, 'pay')).status, 409)
    }
    assert.equal((await row(other.paymentId))?.state, 'in-progress')
    assert.deepEqual(order.heard(over.orderId), [])
  })

  await t.test('is ended also when the bank never heard of it', async () => {
    const body = newOrder()
    await world.bank.end('SIGKILL')
    assert.equal((await world.open(body)).status, 503)
    await world.bank.start()
    await order.cancel(body.orderId)
    const sql = 'select id, state from payments where order_id = $1'
    const find = async () => (await world.db.query(sql, [body.orderId])).rows[0]
    const ended = async () => ((await find())?.state === 'abandoned' ? find() : undefined)
    const payment = await eventually('its end', ended)
    assert.equal((await world.atBank(payment?.id)).state, 'expired') // a late call opens nothing
  })

  await t.test('is ended when the answer to that was lost', async () => {
    const { paymentId, orderId } = await opened()
    line.losesAnswersTo = '/expire$'
    await order.cancel(orderId)
    await eventually('a lost answer', () => line.lost > 0)
    line.losesAnswersTo = ''
    await world.reached(paymentId, 'abandoned')
  })
})

test('a cancelled order that is being paid', async (t) => {
  const world = await startPayment(t, FAST)
  const { opened, play, order } = world

  await t.test('is either ended or its money goes back, when both come at once', async () => {
    const orders = await Promise.all(Array.from({ length: 60 }, opened))
    await Promise.all(orders.map(({ orderId }) => order.cancel(orderId)))
    const pay = async ({ paymentId }: (typeof orders)[number], i: number) =>
      (await play(paymentId, 'pay', { neverCall: i % 2 === 0 })).status
    const early = await Promise.all(orders.slice(0, 5).map(pay))
    const ended = async () => {
      const states = orders.slice(5).map(async ({ paymentId }) => world.atBank(paymentId))
      return (await Promise.all(states)).some(({ state }) => state === 'expired')
    }
    await eventually('the first end', ended, { everyMs: 1, timeoutMs: 30_000 })
    const statuses = [...early, ...(await Promise.all(orders.slice(5).map(pay)))]
    const paid = orders.filter((_, i) => statuses[i] === 200)
    assert.ok(paid.length >= 5 && paid.length < 60, `${paid.length} of 60 were in time`)

    for (const one of paid) await order.hears('payment.captured', one.orderId)
    await Promise.all(paid.map((one) => order.wantRefund(one)))
    for (const one of paid) await order.hears('payment.refunded', one.orderId)
    for (const one of orders) {
      const end = paid.includes(one) ? 'captured' : 'abandoned'
      await world.reached(one.paymentId, end)
      const { capturedMinor, refundedMinor } = await world.atBank(one.paymentId)
      assert.equal(capturedMinor, refundedMinor)
    }
  })

  await t.test('leaves no trace in the sum of a day at the bank', async () => {
    const today = new Date().toISOString().slice(0, 10)
    const { body } = await request(`${world.bankUrl}/statements/${today}`)
    assert.ok(body.totals.EUR.capturedMinor > 0)
    assert.equal(body.totals.EUR.netMinor, 0)
    const sums = `select sum(captured_minor)::int as captured from payments`
    const { rows } = await world.db.query<{ captured: number }>(sums)
    assert.equal(rows[0]?.captured, body.totals.EUR.capturedMinor)
  })
})
