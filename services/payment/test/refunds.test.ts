import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { request } from '@flashsale/test-kit/http.ts'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { refundIdOf } from '../src/domain/payment-id.ts'
import { startPayment, type World } from './start-payment.ts'

test('a refund', async (t) => {
  const world = await startPayment(t)
  const { order, line, db, payment, bank } = world
  const { paid, refund, goesBackOnce } = money(world)

  await t.test('is made once, however often it is wanted', async () => {
    const one = await paid()
    const id = randomUUID()
    await Promise.all([order.wantRefund(one, id), order.wantRefund(one, id), order.wantRefund(one)])
    await goesBackOnce(one)
    await order.wantRefund(one)
    await goesBackOnce(one)
  })

  await t.test('is made once when its answer was lost and the bank killed', async () => {
    const one = await paid()
    line.losesAnswersTo = '/refunds'
    const lost = line.lost
    await order.wantRefund(one)
    await eventually('a lost answer', () => line.lost > lost)
    assert.deepEqual(order.heard(one.orderId), ['payment.captured'])
    assert.equal((await refund(one.paymentId))?.state, 'sent')
    await bank.end('SIGKILL')
    line.losesAnswersTo = ''
    await bank.start()
    await goesBackOnce(one)
    assert.ok(((await refund(one.paymentId))?.attempts ?? 0) >= 2)
  })

  await t.test('is made once when payment is killed after the bank has done it', async () => {
    const one = await paid()
    line.losesAnswersTo = '/refunds'
    const lost = line.lost
    await order.wantRefund(one)
    await eventually('a lost answer', () => line.lost > lost)
    await payment.end('SIGKILL')
    line.losesAnswersTo = ''
    await payment.start()
    await goesBackOnce(one)
  })

  await t.test('that the bank does not take is stuck, seen, and still tried', async () => {
    const one = await paid()
    await order.wantRefund({ ...one, amountMinor: 1001 }) // more than came
    await eventually(
      'the first attempt',
      async () => ((await refund(one.paymentId))?.attempts ?? 0) > 0,
    )
    const soon = `update refunds set attempts = 10, next_try_at = now() where payment_id = $1`
    await db.query(soon, [one.paymentId])
    await eventually('stuck', async () => (await refund(one.paymentId))?.state === 'stuck')
    const metrics = await request(`${world.url}/metrics`)
    assert.match(metrics.body, /payment_refunds_stuck 1/)

    const amend = `update refunds set amount_minor = 1000, next_try_at = now() where payment_id = $1`
    await db.query(amend, [one.paymentId]) // what a person may do
    await goesBackOnce(one)
  })

  await t.test('has the id that its payment gives it', async () => {
    const one = await paid()
    await order.wantRefund(one)
    await order.hears('payment.refunded', one.orderId)
    const id = refundIdOf(one.paymentId as Parameters<typeof refundIdOf>[0])
    assert.equal((await request(`${world.bankUrl}/refunds/${id}`)).body.amountMinor, 1000)
  })
})

function money({ opened, play, order, db, atBank }: World) {
  const paid = async () => {
    const one = await opened()
    await play(one.paymentId, 'pay')
    await order.hears('payment.captured', one.orderId)
    return one
  }
  const refund = async (paymentId: string) => {
    const sql = 'select state, attempts from refunds where payment_id = $1'
    return (await db.query<{ state: string; attempts: number }>(sql, [paymentId])).rows[0]
  }
  const goesBackOnce = async (one: { paymentId: string; orderId: string }) => {
    await order.hears('payment.refunded', one.orderId)
    await pause(300)
    assert.deepEqual(order.heard(one.orderId), ['payment.captured', 'payment.refunded'])
    assert.equal((await atBank(one.paymentId)).refundedMinor, 1000)
    assert.equal((await refund(one.paymentId))?.state, 'done')
  }
  return { paid, refund, goesBackOnce }
}
