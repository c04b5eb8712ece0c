import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { startSystem } from '@flashsale/test-kit/system.ts'
import { outcome, send } from './gateway.ts'

const newSale = () => ({
  title: 'A kettle',
  sku: 'KETTLE-1',
  priceMinor: 9900,
  currency: 'EUR',
  stock: 3,
  perBuyerLimit: 2,
  opensAt: new Date(Date.now() - 1000).toISOString(),
  closesAt: new Date(Date.now() + 600_000).toISOString(),
  paymentWindowSeconds: 60,
  admission: { mode: 'direct' },
})

test('a sale runs through the only door from opening to the books', async (t) => {
  const world = await openSale(t)
  const orders = await buyOut(world)
  await payAndCancel(world, orders)
  await operate(world, orders)
})

async function openSale(t: TestContext) {
  const system = await startSystem(t)
  const admin = system.token('operator', 'admin')
  const call = (method: string, path: string, wanted = {}) =>
    send(method, system.url + path, wanted)
  const as = (user: string) => ({ token: system.token(user) })
  const created = await call('POST', '/v1/admin/sales', { token: admin, body: newSale() })
  assert.equal(created.status, 201, created.text)
  assert.equal(created.body.state, 'open')

  const saleId: string = created.body.id
  const buy = (user: string, quantity: number, key?: string) =>
    call('POST', `/v1/sales/${saleId}/orders`, {
      ...as(user),
      body: { quantity },
      ...(key && { key }),
    })
  const operator = (method: string, path: string, body?: object) =>
    call(method, `/v1/admin${path}`, { token: admin, ...(body && { body }) })
  const pay = (paymentId: string) => send('POST', `${system.bankUrl}/checkouts/${paymentId}/pay`)
  return { saleId, call, as, buy, operator, pay }
}
type World = Awaited<ReturnType<typeof openSale>>

async function buyOut({ saleId, call, as, buy }: World) {
  const won = await buy('ann', 2, 'ann-1')
  assert.equal(won.status, 202, won.text)
  assert.equal(won.body.status, 'accepted')
  const seen = await call('GET', `/v1/orders/${won.body.orderId}`, as('ann'))
  assert.ok(['accepted', 'pending-payment'].includes(seen.body.status))
  assert.equal(seen.body.amountMinor, 19_800)
  const other = await call('GET', `/v1/orders/${won.body.orderId}`, as('ben'))
  assert.equal(outcome(other), '404 order-not-found')

  const replayed = await buy('ann', 2, 'ann-1')
  assert.deepEqual([replayed.status, replayed.body], [202, won.body])
  assert.equal(replayed.headers.get('idempotency-replayed'), 'true')
  assert.equal(outcome(await buy('ann', 1, 'ann-1')), '422 idempotency-mismatch')
  const limit = await buy('ann', 1)
  assert.equal(outcome(limit), '409 limit-reached')
  assert.deepEqual(limit.body.orderIds, [won.body.orderId])
  assert.equal(outcome(await buy('ben', 2)), '409 sold-out')

  const last = await buy('ben', 1)
  assert.equal(last.status, 202)
  assert.equal(outcome(await buy('ben', 2, 'ben-2')), '409 limit-reached')
  assert.equal(outcome(await buy('cid', 1)), '409 sold-out')
  const soldOut = async () => (await call('GET', `/v1/sales/${saleId}`)).body.state === 'sold-out'
  await until(soldOut, { timeoutMs: 2000, what: 'the sale to be sold out' })
  assert.equal(outcome(await buy('cid', 1, 'cid-1')), '409 sold-out')
  assert.equal((await buy('ann', 2, 'ann-1')).status, 202) // the winner again
  return { ofAnn: String(won.body.orderId), ofBen: String(last.body.orderId) }
}
type Orders = Awaited<ReturnType<typeof buyOut>>

async function payAndCancel({ call, as, buy, pay }: World, { ofAnn, ofBen }: Orders) {
  const statusIs = (id: string, user: string, status: string) =>
    until(async () => (await call('GET', `/v1/orders/${id}`, as(user))).body.status === status, {
      timeoutMs: 10_000,
      what: `an order to be ${status}`,
    })
  const payment = await call('POST', `/v1/orders/${ofAnn}/payment`, as('ann'))
  assert.equal(payment.status, 201, payment.text)
  assert.equal(payment.body.amountMinor, 19_800)
  const again = await call('POST', `/v1/orders/${ofAnn}/payment`, as('ann'))
  assert.deepEqual(again.body, payment.body)
  assert.equal((await pay(payment.body.paymentId)).status, 200)
  await statusIs(ofAnn, 'ann', 'paid')
  const tooLate = ['payment', 'cancel'].map((what) =>
    call('POST', `/v1/orders/${ofAnn}/${what}`, as('ann')),
  )
  const answers = (await Promise.all(tooLate)).map(outcome)
  assert.deepEqual(answers, ['409 not-payable', '409 not-cancellable'])

  await statusIs(ofBen, 'ben', 'pending-payment')
  const cancel = () => call('POST', `/v1/orders/${ofBen}/cancel`, as('ben'))
  assert.deepEqual((await cancel()).body, { id: ofBen, status: 'cancelled' })
  assert.equal((await cancel()).status, 200)
  const sold = async () => (await buy('cid', 1)).status === 202
  await until(sold, { timeoutMs: 5000, everyMs: 100, what: 'the unit to be sold again' })

  const own = await call('GET', '/v1/orders', as('ann'))
  assert.deepEqual(
    own.body.orders.map(({ id }: { id: string }) => id),
    [ofAnn],
  )
}

async function operate({ saleId, buy, operator }: World, { ofAnn }: Orders) {
  const change = (what: string, body?: object) => operator('POST', `/sales/${saleId}/${what}`, body)
  const paid = await operator('GET', `/orders?saleId=${saleId}&state=paid`)
  assert.equal(paid.body.orders[0].id, ofAnn)
  const sales = await operator('GET', '/sales')
  assert.equal(sales.body.sales[0].id, saleId, sales.text)

  assert.equal((await change('pause')).body.state, 'paused')
  const whilePaused = [await buy('dan', 1), await buy('dan', 1, 'dan-1')]
  assert.deepEqual(whilePaused.map(outcome), Array(2).fill('503 try-later'))
  assert.equal((await buy('ann', 2, 'ann-1')).status, 202)
  assert.equal((await change('resume')).status, 200)
  assert.equal((await change('restock', { units: 2 })).status, 200)
  assert.equal(outcome(await change('withdraw', { units: 9 })), '409 too-few-available')
  assert.equal((await change('withdraw', { units: 1 })).status, 200)
  assert.equal((await change('close')).body.state, 'closed')
  const afterwards = [await buy('dan', 1), await buy('dan', 1, 'dan-1')]
  assert.deepEqual(afterwards.map(outcome), Array(2).fill('409 sale-not-open'))
  assert.equal((await buy('ann', 2, 'ann-1')).status, 202)

  const audit = await operator('GET', `/sales/${saleId}/audit`)
  assert.equal(audit.body.exact, true, audit.text)
  assert.equal(audit.body.stock, 5)
  const none = await operator('GET', `/sales/${randomUUID()}/audit`)
  assert.equal(outcome(none), '404 sale-not-found')
}
