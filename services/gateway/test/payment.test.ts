import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { LookUpAnswer } from '@flashsale/contracts/http/inventory.ts'
import { buyerToken, newOrderId, outcome, startGateway } from './gateway.ts'
import { refusal, type Told } from './peers.ts'

const saleId = randomUUID()
const ok = (body: unknown): Told => ({ status: 200, body })
const row = (id: string, state = 'pending-payment') => ({
  id,
  buyerId: 'ann',
  state,
  saleId,
  quantity: 2,
  amountMinor: 19_800,
  currency: 'EUR',
  createdAt: '2029-12-31T23:55:00.000Z',
})
const checkout = {
  paymentId: randomUUID(),
  checkoutUrl: 'http://127.0.0.1:1/checkouts/1',
  amountMinor: 19_800,
}

test('an order that waits for its payment gets a checkout, of its own amount', async (t) => {
  const id = newOrderId('ann')
  const { call, peers } = await startGateway(t, {
    order: () => ok(row(id)),
    payment: () => ({ status: 201, body: checkout }),
  })
  const pay = (headers = {}) =>
    call('POST', `/v1/orders/${id}/payment`, { token: buyerToken('ann'), headers })
  const answer = await pay()
  assert.equal(answer.status, 201)
  assert.deepEqual(answer.body, checkout)
  const [asked] = peers.payment.asked
  const {
    quantity: _quantity,
    state: _state,
    createdAt: _createdAt,
    id: orderId,
    ...rest
  } = row(id)
  assert.deepEqual(asked?.body, { orderId, ...rest })
  assert.equal((await pay({ 'content-type': 'application/json' })).status, 201) // and no body
})

test('an order that is not there yet is waited for', async (t) => {
  const id = newOrderId('ann')
  let reads = 0
  const { call } = await startGateway(t, {
    order: () => (++reads < 6 ? refusal('order-not-found', 404) : ok(row(id))),
    payment: () => ({ status: 201, body: checkout }),
  })
  const answer = await call('POST', `/v1/orders/${id}/payment`, { token: buyerToken('ann') })
  assert.equal(answer.status, 201)
})

for (const [found, expected] of [
  [{ kind: 'unconfirmed' }, '409 order-not-ready'],
  [{ kind: 'held', saleId, quantity: 1, amountMinor: 1 }, '409 order-not-ready'],
  [{ kind: 'absent' }, '409 not-payable'],
  [{ kind: 'refused', saleId, quantity: 1, amountMinor: 1 }, '409 not-payable'],
] as [LookUpAnswer, string][]) {
  test(`an order that does not come in 1 s is ${expected} when its hold is ${found.kind}`, async (t) => {
    const { call, peers } = await startGateway(t, {
      order: () => refusal('order-not-found', 404),
      inventory: () => ok(found),
    })
    const startedAt = performance.now()
    const path = `/v1/orders/${newOrderId('ann')}/payment`
    const answer = await call('POST', path, { token: buyerToken('ann') })
    const tookMs = performance.now() - startedAt
    assert.equal(outcome(answer), expected)
    assert.ok(tookMs >= 1000 && tookMs < 3000, `took ${tookMs} ms`)
    assert.equal(answer.headers.has('retry-after'), expected.endsWith('not-ready'))
    assert.equal(peers.payment.asked.length, 0)
  })
}

test('only an order that waits for its payment can be paid', async (t) => {
  const id = newOrderId('ann')
  let state = ''
  const { call, peers } = await startGateway(t, { order: () => ok(row(id, state)) })
  for (state of ['cancel-wanted', 'paid', 'cancelled', 'refunding', 'refunded']) {
    const answer = await call('POST', `/v1/orders/${id}/payment`, { token: buyerToken('ann') })
    assert.equal(outcome(answer), '409 not-payable', state)
  }
  assert.equal(peers.payment.asked.length, 0)
})

test('when payment refuses or is in trouble, the buyer hears it', async (t) => {
  const id = newOrderId('ann')
  let does: Told = 'hang'
  const { call } = await startGateway(t, { order: () => ok(row(id)), payment: () => does })
  const table: [Told, string][] = [
    [refusal('not-payable', 409), '409 not-payable'],
    [refusal('try-later', 503), '503 try-later'],
    [{ status: 500 }, '503 try-later'],
    ['reset', '503 try-later'],
    ['hang', '503 try-later'],
    [{ status: 418 }, '500 internal'],
  ]
  for (const [told, expected] of table) {
    does = told
    const answer = await call('POST', `/v1/orders/${id}/payment`, { token: buyerToken('ann') })
    assert.equal(outcome(answer), expected)
  }
})

test('a callback is passed on byte by byte with its signature, whatever it calls itself', async (t) => {
  const { call, peers } = await startGateway(t, { payment: () => ok({}) })
  const body = Buffer.from([0, 255, 10, 13, 123, 34, 0xc3, 0x28])
  const signature = 't=1,v1=00'
  for (const type of ['application/json', 'text/plain', 'image/png', 'nonsense', '']) {
    const headers = { 'bank-signature': signature, ...(type && { 'content-type': type }) }
    const answer = await call('POST', '/v1/payments/callbacks/bank', { body, headers })
    assert.equal(answer.status, 200, type)
    const asked = peers.payment.asked.pop()
    assert.deepEqual(asked?.raw, body)
    assert.equal(asked?.headers['bank-signature'], signature)
    assert.equal(asked?.path, '/internal/callbacks/bank')
  }
  assert.equal((await call('POST', '/v1/payments/callbacks/bank')).status, 200) // theirs to judge
  assert.equal(peers.payment.asked.pop()?.headers['bank-signature'], undefined)

  const exact = Buffer.alloc(64 * 1024, ' ')
  assert.equal((await call('POST', '/v1/payments/callbacks/bank', { body: exact })).status, 200)
  const over = Buffer.alloc(64 * 1024 + 1, ' ')
  const answer = await call('POST', '/v1/payments/callbacks/bank', { body: over })
  assert.equal(outcome(answer), '413 payload-too-large')
})

test('a callback is answered by what payment says of it', async (t) => {
  let does: Told = 'hang'
  const { call } = await startGateway(t, { payment: () => does })
  const table: [Told, string][] = [
    [refusal('signature-invalid', 401), '401 signature-invalid'],
    [refusal('not-found', 404), '404 not-found'],
    [refusal('try-later', 503), '503 try-later'],
    ['reset', '503 try-later'],
  ]
  for (const [told, expected] of table) {
    does = told
    const answer = await call('POST', '/v1/payments/callbacks/bank', { body: '{}' })
    assert.equal(outcome(answer), expected)
  }
})
