import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { codeOf, request } from '@flashsale/test-kit/http.ts'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { Pool } from 'undici'
import { paymentIdOf } from '../src/domain/payment-id.ts'
import { capture, newOrder, sign, startPayment, type World } from './start-payment.ts'

/** All that was written is published and heard. */
async function quiet({ db }: World) {
  const empty = async () => (await db.query('select from outbox limit 1')).rowCount === 0
  await eventually('an empty outbox', empty)
  await pause(300)
}

test('copies of a callback', async (t) => {
  const world = await startPayment(t)
  const { url, opened, reached, outcomes, order } = world
  const settled = (paymentId: string) => {
    const all = async () => (await outcomes(paymentId)).every(({ outcome }) => outcome !== null)
    return eventually('every outcome', all)
  }

  await t.test('20 over 4 connections, before and after settling, are one capture', async (t) => {
    const { paymentId, orderId } = await opened()
    const body = JSON.stringify(capture(paymentId))
    const pool = new Pool(url, { connections: 4 })
    t.after(() => pool.close())
    const send = async () => {
      const headers = { 'bank-signature': sign(body), 'content-type': 'application/json' }
      const path = '/internal/callbacks/bank'
      const answer = await pool.request({ method: 'POST', path, headers, body })
      await answer.body.dump()
      return answer.statusCode
    }
    const copies = () => Promise.all(Array.from({ length: 20 }, send))
    assert.deepEqual(new Set(await copies()), new Set([200]))
    await reached(paymentId, 'captured')
    assert.deepEqual(new Set(await copies()), new Set([200]))
    await order.hears('payment.captured', orderId)
    await quiet(world)
    assert.deepEqual(order.heard(orderId), ['payment.captured'])
    assert.deepEqual(await outcomes(paymentId), [{ outcome: 'captured', copies: 40 }])
  })

  await t.test('each with an id of its own are still one capture', async () => {
    const { paymentId, orderId } = await opened()
    const send = () => world.callback(capture(paymentId))
    await Promise.all(Array.from({ length: 20 }, send))
    await reached(paymentId, 'captured')
    await Promise.all(Array.from({ length: 20 }, send))
    await order.hears('payment.captured', orderId)
    await settled(paymentId)
    await quiet(world)
    assert.deepEqual(order.heard(orderId), ['payment.captured'])
    const seen = (await outcomes(paymentId)).map(({ outcome }) => outcome).sort()
    assert.deepEqual(seen, ['captured', ...Array(39).fill('repeated')])
  })

  await t.test('sent by the bank 20 times at once are one capture', async () => {
    const { paymentId, orderId } = await opened()
    await world.play(paymentId, 'pay', { copies: 20 })
    assert.equal((await order.hears('payment.captured', orderId)).amountMinor, 1000)
    await quiet(world)
    assert.deepEqual(order.heard(orderId), ['payment.captured'])
  })

  await t.test('are answered within a second', async () => {
    const { paymentId } = await opened()
    const body = JSON.stringify(capture(paymentId))
    const startedAt = performance.now()
    assert.equal((await world.callback(body)).status, 200)
    assert.ok(performance.now() - startedAt < 1000)
  })
})

test('what a callback says', async (t) => {
  const world = await startPayment(t)
  const { opened, callback, reached, outcome, order, row } = world

  await t.test('counts with the amount that the bank really has', async () => {
    const { paymentId, orderId } = await opened()
    await world.play(paymentId, 'pay', { amountMinor: 999 })
    assert.equal((await order.hears('payment.captured', orderId)).amountMinor, 999)
    assert.equal((await row(paymentId))?.captured_minor, 999)
  })

  await t.test('changes nothing when it tells another amount later, and is kept', async () => {
    const { paymentId, orderId } = await opened()
    await callback(capture(paymentId))
    await reached(paymentId, 'captured')
    await callback(capture(paymentId, 5))
    assert.equal(await outcome(paymentId, 1), 'contradicts')
    await order.hears('payment.captured', orderId)
    await quiet(world)
    assert.equal((await row(paymentId))?.captured_minor, 1000)
    assert.deepEqual(order.heard(orderId), ['payment.captured'])
  })

  await t.test('is told once when it is a refusal', async () => {
    const { paymentId, orderId } = await opened()
    await world.play(paymentId, 'decline', { copies: 3 })
    await order.hears('payment.declined', orderId)
    await callback({ paymentId, state: 'declined' })
    await quiet(world)
    assert.deepEqual(order.heard(orderId), ['payment.declined'])
    assert.equal((await row(paymentId))?.state, 'declined')
  })

  await t.test('is money also after a refusal, and a refusal after money is nothing', async () => {
    const { paymentId, orderId } = await opened()
    await callback({ paymentId, state: 'declined' })
    await reached(paymentId, 'declined')
    const { currency: _, ...money } = capture(paymentId) // of no currency: the payment's own
    await callback(money)
    await order.hears('payment.captured', orderId)
    await callback({ paymentId, state: 'declined', again: true })
    assert.equal(await outcome(paymentId, 2), 'ignored')
    await quiet(world)
    assert.deepEqual(order.heard(orderId), ['payment.declined', 'payment.captured'])
    assert.equal((await row(paymentId))?.state, 'captured')
  })

  await t.test('in another currency is not this payment, and is kept for a person', async () => {
    const { paymentId, orderId } = await opened()
    await callback({ ...capture(paymentId), currency: 'USD' })
    assert.equal(await outcome(paymentId, 0), 'contradicts')
    assert.equal((await row(paymentId))?.state, 'in-progress')
    assert.deepEqual(order.heard(orderId), [])
  })
})

test('a callback out of turn', async (t) => {
  const world = await startPayment(t)
  const { opened, callback, outcome, order } = world

  await t.test('is kept for a payment we do not know', async () => {
    for (const paymentId of [randomUUID(), 'no id of ours']) {
      assert.equal((await callback(capture(paymentId))).status, 200)
      assert.equal(await outcome(paymentId), 'unknown-payment')
    }
  })

  await t.test('before its payment exists is settled when that appears', async () => {
    const body = newOrder()
    const paymentId = paymentIdOf(body.orderId as Parameters<typeof paymentIdOf>[0])
    await callback(capture(paymentId))
    assert.equal(await outcome(paymentId), 'unknown-payment')
    assert.equal((await world.open(body)).body.paymentId, paymentId)
    await order.hears('payment.captured', body.orderId)
    assert.equal(await outcome(paymentId, 0), 'captured')
  })

  await t.test('after the cancellation goes back by itself, once', async () => {
    const late = await opened()
    await order.cancel(late.orderId)
    const payable = async () => (await world.open(late)).status === 409
    await eventually('the cancellation to be known', payable)
    await world.play(late.paymentId, 'pay', { copies: 5 })
    await order.hears('payment.captured', late.orderId)
    await Promise.all([order.wantRefund(late), order.wantRefund(late), order.wantRefund(late)])
    await order.hears('payment.refunded', late.orderId)
    await quiet(world)
    assert.deepEqual(order.heard(late.orderId), ['payment.captured', 'payment.refunded'])
    assert.equal((await world.atBank(late.paymentId)).refundedMinor, 1000)
  })
})

test('a callback is refused', async (t) => {
  const { url, db, callback, opened, outcomes } = await startPayment(t)
  const { paymentId } = await opened()
  const body = JSON.stringify(capture(paymentId))

  await t.test('when its signature is missing, odd, or of something else', async () => {
    const path = `${url}/internal/callbacks/bank`
    const bare = await request(path, { method: 'POST', body })
    assert.deepEqual([bare.status, codeOf(bare)], [401, 'signature-invalid'])
    const right = sign(body)
    const signatures = [
      'x',
      right.slice(0, -1),
      `${right}0`,
      right.replace('t=', 't=0'),
      right.replace('v1', 'v0'),
      sign(body, { secret: 'another secret of thirty-two bytes' }),
      sign(`${body} `),
    ]
    for (const signature of signatures) {
      assert.equal((await callback(body, { signature })).status, 401, signature)
    }
  })

  await t.test('when it is signed more than 5 minutes ago, or ahead', async () => {
    for (const minutes of [-6, 6]) {
      const signature = sign(body, { atMs: Date.now() + minutes * 60_000 })
      assert.equal((await callback(body, { signature })).status, 401)
    }
    const old = await opened()
    const late = JSON.stringify(capture(old.paymentId))
    const signature = sign(late, { atMs: Date.now() - 4 * 60_000 })
    assert.equal((await callback(late, { signature })).status, 200)
  })

  await t.test('of a provider we do not know, and when it is over 64 KiB', async () => {
    assert.equal((await callback(body, { provider: 'other' })).status, 404)
    assert.equal((await callback(body, { provider: 'bank-check-back' })).status, 404)
    assert.equal((await callback(' '.repeat(65_537))).status, 413)
  })

  await t.test('and nothing of it is kept', async () => {
    assert.deepEqual(await outcomes(paymentId), [])
  })

  await t.test('but not when it is signed and makes no sense: then it is kept', async () => {
    const nul = JSON.stringify(capture('\0'))
    const odd = ['', '{', '[]', '{"state":"captured"}', nul, ' '.repeat(65_536)]
    for (const text of odd) assert.equal((await callback(text)).status, 200)
    const { rowCount } = await db.query("select from callbacks where outcome = 'malformed'")
    assert.equal(rowCount, odd.length)
  })
})
