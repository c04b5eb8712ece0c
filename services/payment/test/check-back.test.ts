import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { newOrder, startPayment } from './start-payment.ts'

const EVERY_MS = 300

test('check-back', async (t) => {
  const world = await startPayment(t, { CHECK_BACK_EVERY_MS: String(EVERY_MS) })
  const { opened, play, order, line } = world

  await t.test('finds money that no callback tells of, also for a cancelled order', async () => {
    const [paid, cancelled] = [await opened(), await opened()]
    await order.cancel(cancelled.orderId)
    for (const { paymentId } of [paid, cancelled]) await play(paymentId, 'pay', { neverCall: true })
    for (const { orderId } of [paid, cancelled]) await order.hears('payment.captured', orderId)
    await pause(3 * EVERY_MS)
    assert.deepEqual(order.heard(paid.orderId), ['payment.captured'])
    const [found, ...more] = await world.outcomes(paid.paymentId)
    assert.deepEqual([found?.outcome, more], ['captured', []])
  })

  await t.test('finds the amount that was really taken, and a refusal', async () => {
    const [odd, declined] = [await opened(), await opened()]
    await play(odd.paymentId, 'pay', { neverCall: true, amountMinor: 1 })
    await play(declined.paymentId, 'decline', { badSignature: true })
    assert.equal((await order.hears('payment.captured', odd.orderId)).amountMinor, 1)
    await order.hears('payment.declined', declined.orderId)
  })

  await t.test('asks no sooner than after one interval, and no more after the end', async () => {
    const all = []
    for (let i = 0; i < 5; i++) {
      const openedAt = Date.now()
      all.push({ ...(await opened()), openedAt })
      await pause(70)
    }
    const asked = (id: string) => line.passed.filter(({ call }) => call === `GET /checkouts/${id}`)
    for (const { paymentId, openedAt } of all) {
      await eventually('three questions', () => asked(paymentId).length >= 3)
      assert.ok((asked(paymentId)[0]?.atMs ?? 0) - openedAt >= EVERY_MS)
    }
    const { paymentId = '' } = all[0] ?? {}
    await play(paymentId, 'pay')
    await world.reached(paymentId, 'captured')
    await pause(EVERY_MS)
    const count = asked(paymentId).length
    await pause(3 * EVERY_MS)
    assert.equal(asked(paymentId).length, count)
  })
})

test('check-back, when things go wrong,', async (t) => {
  const world = await startPayment(t, { CHECK_BACK_EVERY_MS: String(EVERY_MS) })
  const { opened, play, order, row, line } = world

  await t.test('finds money when the answer to the opening was lost', async () => {
    const body = newOrder()
    line.losesAnswersTo = '/checkouts$'
    await world.open(body)
    line.losesAnswersTo = ''
    const sql = 'select id from payments where order_id = $1'
    const { rows } = await world.db.query<{ id: string }>(sql, [body.orderId])
    await play(rows[0]?.id ?? '', 'pay', { neverCall: true })
    await order.hears('payment.captured', body.orderId)
  })

  await t.test('finds late copies of what it settled to be nothing new', async () => {
    const { paymentId, orderId } = await opened()
    await play(paymentId, 'pay', { copies: 10, delayMs: 1500 })
    await order.hears('payment.captured', orderId)
    const late = async () => (await world.outcomes(paymentId)).length === 2
    await eventually('the late copies', late)
    await pause(500)
    assert.deepEqual(order.heard(orderId), ['payment.captured'])
  })

  await t.test('asks on through a kill of the bank, which forgot nothing', async () => {
    const [before, open] = [await opened(), await opened()]
    await world.payment.end('SIGKILL')
    await play(before.paymentId, 'pay', { neverCall: true })
    await world.bank.end('SIGKILL')
    await world.payment.start()
    await pause(2 * EVERY_MS)
    assert.equal((await row(before.paymentId))?.state, 'in-progress') // nobody knows: no guess
    await world.bank.start()
    await order.hears('payment.captured', before.orderId)
    assert.equal((await row(open.paymentId))?.state, 'in-progress')
  })
})
