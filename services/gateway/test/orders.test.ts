import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { LookUpAnswer } from '@flashsale/contracts/http/inventory.ts'
import type { OrderView } from '@flashsale/contracts/http/order.ts'
import type { BuyerId, OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import { buyerToken, newOrderId, outcome, startGateway } from './gateway.ts'
import { refusal, type Told } from './peers.ts'

const saleId = randomUUID() as SaleId
const facts = { saleId, quantity: 2, amountMinor: 19_800 }
const payBy = '2030-01-01T00:00:00.000Z'
const createdAt = '2029-12-31T23:55:00.000Z'
const noRow = refusal('order-not-found', 404)
const ok = (body: unknown): Told => ({ status: 200, body })
const aRow = (id: OrderId, row: Partial<OrderView> = {}): OrderView => ({
  id,
  buyerId: 'ann' as BuyerId,
  state: 'pending-payment',
  currency: 'EUR',
  createdAt,
  payBy,
  ...facts,
  ...row,
})

test('an order row is shown in its buyer’s words', async (t) => {
  const id = newOrderId('ann')
  let row = aRow(id)
  const { call, peers } = await startGateway(t, { order: () => ok(row) })
  const seen = async (change: Partial<OrderView>) => {
    row = aRow(id, change)
    const answer = await call('GET', `/v1/orders/${id}`, { token: buyerToken('ann') })
    assert.equal(answer.status, 200)
    return answer.body
  }
  const base = { id, ...facts }
  assert.deepEqual(await seen({}), { ...base, status: 'pending-payment', payBy })
  assert.deepEqual(await seen({ state: 'paid' }), { ...base, status: 'paid' })
  for (const reason of ['unpaid', 'by-buyer', 'payment-failed', 'not-recorded'] as const) {
    const expected = { ...base, status: 'cancelled', reason }
    assert.deepEqual(await seen({ state: 'cancelled', reason }), expected)
  }
  const late = { ...base, reason: 'unpaid' }
  const refunding = await seen({ state: 'refunding', reason: 'unpaid' })
  assert.deepEqual(refunding, { ...late, status: 'refunding' })
  const refunded = await seen({ state: 'refunded', reason: 'unpaid' })
  assert.deepEqual(refunded, { ...late, status: 'refunded' })
  assert.ok(peers.inventory.asked.every(({ path }) => path.startsWith('/internal/sales')))
})

const lookUps: [LookUpAnswer | 'hang' | 'reset', object][] = [
  [
    { kind: 'held', ...facts },
    { status: 'accepted', ...facts },
  ],
  [
    { kind: 'refused', ...facts },
    { status: 'cancelled', reason: 'not-recorded', ...facts },
  ],
  [{ kind: 'absent' }, { status: 'cancelled', reason: 'not-recorded' }],
  [{ kind: 'unconfirmed' }, { status: 'unconfirmed' }],
  ['reset', { status: 'unconfirmed' }],
  ['hang', { status: 'unconfirmed' }],
]
for (const [found, expected] of lookUps) {
  const name = typeof found === 'string' ? `that ${found}s` : found.kind
  test(`without an order row, or with a wish to cancel, a look-up ${name} decides`, async (t) => {
    let row: Told = noRow
    const { call } = await startGateway(t, {
      order: () => row,
      inventory: () => (typeof found === 'string' ? found : ok(found)),
    })
    const id = newOrderId('ann')
    const read = () => call('GET', `/v1/orders/${id}`, { token: buyerToken('ann') })
    assert.deepEqual((await read()).body, { id, ...expected })
    row = ok({ id, buyerId: 'ann', state: 'cancel-wanted', createdAt })
    assert.deepEqual((await read()).body, { id, ...expected })
  })
}

test('an id that was not made for this buyer is 404, and no store is asked', async (t) => {
  const { call, peers } = await startGateway(t, { order: () => ok({}) })
  const id = newOrderId('ann')
  const forged = id.slice(0, -1) + (id.endsWith('0') ? '1' : '0')
  const later = `f${id.slice(1)}`
  const table = [
    ['ben', id],
    ['ann', forged],
    ['ann', later],
    ['ann', id.toUpperCase()],
    ['ann', randomUUID()],
    ['ann', 'x'],
    ['ann', '%zz'],
    ['ann', 'a'.repeat(500)],
  ] as const
  for (const [buyer, wanted] of table) {
    const token = buyerToken(buyer)
    const answers = [
      await call('GET', `/v1/orders/${wanted}`, { token }),
      await call('POST', `/v1/orders/${wanted}/payment`, { token }),
      await call('POST', `/v1/orders/${wanted}/cancel`, { token }),
    ]
    assert.deepEqual(answers.map(outcome), Array(3).fill('404 order-not-found'), wanted)
  }
  assert.equal(peers.order.asked.length, 0)
  assert.ok(peers.inventory.asked.every(({ path }) => path.startsWith('/internal/sales')))
})

test('a row of another buyer is 404 even under an id whose check number fits', async (t) => {
  const id = newOrderId('ann')
  const { call } = await startGateway(t, {
    order: () => ok(aRow(id, { buyerId: 'ben' as BuyerId })),
  })
  const token = buyerToken('ann')
  assert.equal(outcome(await call('GET', `/v1/orders/${id}`, { token })), '404 order-not-found')
  assert.equal(
    outcome(await call('POST', `/v1/orders/${id}/payment`, { token })),
    '404 order-not-found',
  )
})

test('own orders come in pages; a wish to cancel is looked up', async (t) => {
  const [first, second, third] = [newOrderId('ann'), newOrderId('ann'), newOrderId('ann')]
  const wish = { id: second, buyerId: 'ann', state: 'cancel-wanted', createdAt }
  const orders = [aRow(first), wish, aRow(third, { state: 'paid' })]
  const { call, peers } = await startGateway(t, {
    order: ({ path }) =>
      path.includes('cursor=bad')
        ? refusal('invalid-request', 400)
        : ok({ orders, nextCursor: third }),
    inventory: () => ok({ kind: 'held', ...facts }),
  })
  const token = buyerToken('ann & ben')
  const page = await call('GET', `/v1/orders?cursor=${first}&limit=3`, { token })
  assert.equal(page.status, 200)
  const statuses = page.body.orders.map((order: { status: string }) => order.status)
  assert.deepEqual(statuses, ['pending-payment', 'accepted', 'paid'])
  assert.equal(page.body.nextCursor, third)
  const [asked] = peers.order.asked
  assert.equal(asked?.path, `/internal/orders?buyerId=ann+%26+ben&cursor=${first}&limit=3`)

  for (const query of [
    'cursor=bad',
    'limit=0',
    'limit=101',
    'limit=x',
    `cursor=${'a'.repeat(65)}`,
  ]) {
    const answer = await call('GET', `/v1/orders?${query}`, { token })
    assert.equal(outcome(answer), '400 invalid-request', query)
  }
})

test('a cancellation is answered by what is known of the order', async (t) => {
  let cancelled: Told = ok({ kind: 'cancelled' })
  let found: LookUpAnswer = { kind: 'unconfirmed' }
  const { call, peers } = await startGateway(t, {
    order: () => cancelled,
    inventory: () => ok(found),
  })
  const id = newOrderId('ann')
  const cancel = (headers = {}) =>
    call('POST', `/v1/orders/${id}/cancel`, { token: buyerToken('ann'), headers })

  assert.deepEqual((await cancel()).body, { id, status: 'cancelled' })
  const [asked] = peers.order.asked
  assert.equal(asked?.path, `/internal/orders/${id}/cancel`)
  assert.deepEqual(asked?.body, { buyerId: 'ann' })

  cancelled = ok({ kind: 'wanted' })
  const byLookUp: [LookUpAnswer, string][] = [
    [{ kind: 'held', ...facts }, 'accepted'],
    [{ kind: 'unconfirmed' }, 'unconfirmed'],
    [{ kind: 'absent' }, 'cancelled'],
    [{ kind: 'refused', ...facts }, 'cancelled'],
  ]
  for (const [answer, status] of byLookUp) {
    found = answer
    assert.deepEqual((await cancel()).body, { id, status })
  }
  cancelled = ok({ kind: 'not-cancellable' })
  assert.equal(outcome(await cancel()), '409 not-cancellable')
  const emptyJson = { 'content-type': 'application/json' }
  assert.equal(outcome(await cancel(emptyJson)), '409 not-cancellable')
  cancelled = noRow
  assert.equal(outcome(await cancel()), '404 order-not-found')
})
