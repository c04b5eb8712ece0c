import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { codeOf, request } from '@flashsale/test-kit/http.ts'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { capture, newOrder, SALE, startPayment } from './start-payment.ts'

test('the payment of an order', async (t) => {
  const world = await startPayment(t)
  const { url, open, opened, row, order, line, db } = world

  await t.test('is one payment and one checkout when 20 ask at once', async () => {
    const body = newOrder()
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.openPatiently(body)))
    const [first] = answers
    assert.equal(first?.status, 201)
    assert.equal(first?.body.amountMinor, 1000)
    for (const answer of answers) assert.deepEqual(answer.body, first?.body)
    const sql = 'select state from payments where order_id = $1'
    const { rows } = await db.query(sql, [body.orderId])
    assert.deepEqual(rows, [{ state: 'in-progress' }])
    assert.equal((await world.atBank(first?.body.paymentId)).state, 'open')
    assert.equal(first?.body.checkoutUrl, `${world.bankUrl}/checkouts/${first?.body.paymentId}`)
  })

  await t.test('is asked of the bank no more once the checkout is known', async () => {
    const payment = await opened()
    const calls = line.passed.length
    const again = await open(payment)
    assert.deepEqual([again.status, again.body.paymentId], [201, payment.paymentId])
    assert.equal(line.passed.length, calls)
  })

  await t.test('is not opened for a cancelled order, nor again after its end', async () => {
    const cancelled = newOrder()
    await order.cancel(cancelled.orderId)
    const known = async () => {
      const sql = 'select from cancelled_orders where order_id = $1'
      return (await db.query(sql, [cancelled.orderId])).rowCount === 1
    }
    await eventually('the cancellation', known)
    const refused = await open(cancelled)
    assert.deepEqual([refused.status, codeOf(refused)], [409, 'not-payable'])
    const sql = 'select from payments where order_id = $1'
    assert.equal((await db.query(sql, [cancelled.orderId])).rowCount, 0)

    const paid = await opened()
    await world.callback(capture(paid.paymentId))
    await world.reached(paid.paymentId, 'captured')
    assert.equal((await open(paid)).status, 409)
    const declined = await opened()
    await world.play(declined.paymentId, 'decline')
    await world.reached(declined.paymentId, 'declined')
    assert.equal((await open(declined)).status, 409)
  })

  await t.test('is never asked for at two amounts', async () => {
    const payment = await opened()
    const { paymentId } = payment
    assert.equal((await open({ ...payment, amountMinor: 1001 })).status, 500)
    assert.equal((await row(paymentId))?.state, 'in-progress')
  })

  await t.test('is not well asked for without an order or with no money', async () => {
    for (const bad of [{ orderId: 'x' }, { amountMinor: 0 }, { currency: 'euro' }]) {
      const body = { ...newOrder(), ...bad }
      const path = `${url}/internal/payments`
      assert.equal((await request(path, { method: 'POST', body })).status, 400)
    }
  })
})

test('a payment, when the bank is in trouble,', async (t) => {
  const world = await startPayment(t)
  const { url, open, line, db } = world

  await t.test('stands before the bank is called, and survives a lost answer', async () => {
    const body = newOrder()
    line.losesAnswersTo = '/checkouts'
    const lost = await open(body)
    assert.deepEqual([lost.status, codeOf(lost)], [503, 'try-later'])
    assert.ok(lost.headers['retry-after'])
    line.losesAnswersTo = ''
    const sql = 'select id, state from payments where order_id = $1'
    const { rows } = await db.query(sql, [body.orderId])
    assert.equal(rows[0]?.state, 'created')
    const again = await open(body)
    assert.deepEqual([again.status, again.body.paymentId], [201, rows[0]?.id])
  })

  await t.test('has to wait while the bank is away', async () => {
    const body = newOrder()
    await world.bank.end('SIGKILL')
    assert.equal((await open(body)).status, 503)
    await world.bank.start()
    assert.equal((await open(body)).status, 201)
  })

  await t.test('has no other calls and probes', async () => {
    assert.equal((await request(`${url}/internal/nothing`)).status, 404)
    assert.equal((await request(`${url}/healthz`)).status, 200)
    assert.equal((await request(`${url}/readyz`)).status, 200)
    assert.match((await request(`${url}/metrics`)).body, /payment_refunds_stuck 0/)
  })
})

test('the audit reads a sale payment by payment, refunds beside them', async (t) => {
  const { url, opened, play, reached, order } = await startPayment(t)
  const [open, paid, refunded] = [await opened(), await opened(), await opened()]
  await play(paid.paymentId, 'pay')
  await play(refunded.paymentId, 'pay', { amountMinor: 700 })
  await reached(paid.paymentId, 'captured')
  await reached(refunded.paymentId, 'captured')
  await order.wantRefund({ ...refunded, amountMinor: 700 })
  await order.hears('payment.refunded', refunded.orderId)

  const audit = (query: string) => request(`${url}/internal/audit/payments?${query}`)
  const { status, body } = await audit(`saleId=${SALE}`)
  assert.equal(status, 200)
  const ids = [open, paid, refunded].map(({ paymentId }) => paymentId).sort()
  assert.deepEqual(
    body.payments.map((p: { id: string }) => p.id),
    ids,
  )
  const of = ({ paymentId }: { paymentId: string }) => {
    const found = body.payments.find((p: { id: string }) => p.id === paymentId)
    const { captureAgeMs, ...rest } = found
    return { ...rest, aged: captureAgeMs === null ? null : captureAgeMs >= 0 && captureAgeMs < 9e4 }
  }
  const blank = { amountMinor: 1000, refundState: null, refundMinor: 0 }
  const story = (payment: typeof open) => ({ id: payment.paymentId, orderId: payment.orderId })
  assert.deepEqual(of(open), {
    ...blank,
    ...story(open),
    state: 'in-progress',
    capturedMinor: 0,
    aged: null,
  })
  assert.deepEqual(of(paid), {
    ...blank,
    ...story(paid),
    state: 'captured',
    capturedMinor: 1000,
    aged: true,
  })
  const money = { capturedMinor: 700, refundState: 'done', refundMinor: 700 }
  assert.deepEqual(of(refunded), {
    ...blank,
    ...story(refunded),
    state: 'captured',
    ...money,
    aged: true,
  })

  const first = await audit(`saleId=${SALE}&limit=2`)
  assert.equal(first.body.next, ids[1])
  const second = await audit(`saleId=${SALE}&limit=2&after=${ids[1]}`)
  assert.deepEqual(
    second.body.payments.map((p: { id: string }) => p.id),
    ids.slice(2),
  )
  assert.equal(second.body.next, undefined)
  assert.deepEqual((await audit(`saleId=${randomUUID()}`)).body, { payments: [] })
  for (const bad of ['', 'saleId=x', `saleId=${SALE}&limit=0`, `saleId=${SALE}&after=x`]) {
    assert.equal((await audit(bad)).status, 400, bad)
  }
})
