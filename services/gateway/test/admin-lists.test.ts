import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { adminToken, aSale, newOrderId, outcome, startGateway } from './gateway.ts'
import { refusal, type Told } from './peers.ts'

const ok = (body: unknown): Told => ({ status: 200, body })

test('the audit, the sales and the orders are inventory’s and order’s own answers', async (t) => {
  const count = 0
  const audit = {
    saleId: randomUUID(),
    ...Object.fromEntries(
      'stock available held sold withdrawn inFlight drift oversold orphans overLimit unsettledPayments overdue'
        .split(' ')
        .map((name) => [name, count]),
    ),
    money: {
      capturedMinor: 0,
      paidMinor: 0,
      toBeRefundedMinor: 0,
      refundedMinor: 0,
      settlingMinor: 0,
    },
    readings: 1,
    faults: [{ name: 'missing-unit', count: 1, examples: [{ unit: 7 }] }],
    exact: false,
  }
  const { epoch: _epoch, free: _free, orders: _orders, ...rest } = aSale()
  const { versions: _versions, ...soldOut } = rest
  const sale = { ...soldOut, settled: false, createdAt: '2029-01-01T00:00:00.000Z' }
  const order = { id: newOrderId('ann'), buyerId: 'ann', state: 'paid', createdAt: sale.createdAt }
  let auditSays: Told = ok(audit)
  const { call, peers } = await startGateway(t, {
    sales: [aSale({ id: sale.id, free: 0 })],
    inventory: ({ path }) =>
      path.endsWith('/audit') ? auditSays : ok({ sales: [sale], nextCursor: 'next' }),
    order: () => ok({ orders: [order], nextCursor: order.id }),
  })
  const token = adminToken()
  const path = `/v1/admin/sales/${audit.saleId}/audit`
  assert.deepEqual((await call('GET', path, { token })).body, audit)
  auditSays = refusal('sale-not-found', 404)
  assert.equal(outcome(await call('GET', path, { token })), '404 sale-not-found')
  auditSays = refusal('try-later', 503)
  assert.equal(outcome(await call('GET', path, { token })), '503 try-later')
  assert.equal(
    outcome(await call('GET', '/v1/admin/sales/x/audit', { token })),
    '404 sale-not-found',
  )

  const sales = await call('GET', '/v1/admin/sales?cursor=c&limit=7', { token })
  assert.deepEqual(sales.body, { sales: [{ ...sale, state: 'sold-out' }], nextCursor: 'next' })
  assert.equal(peers.inventory.asked.at(-1)?.path.startsWith('/internal/'), true)
  const list = peers.inventory.asked.find(({ path }) => path.startsWith('/internal/admin/sales'))
  assert.equal(list?.path, '/internal/admin/sales?cursor=c&limit=7')

  const orders = await call('GET', `/v1/admin/orders?saleId=${sale.id}&state=paid`, { token })
  assert.deepEqual(orders.body, { orders: [order], nextCursor: order.id })
  assert.equal(
    peers.order.asked[0]?.path,
    `/internal/admin/orders?saleId=${sale.id}&state=paid&limit=50`,
  )
  for (const query of ['state=nonsense', 'saleId=x', 'limit=0', 'limit=201']) {
    assert.equal(
      outcome(await call('GET', `/v1/admin/orders?${query}`, { token })),
      '400 invalid-request',
    )
  }
  assert.equal(
    outcome(await call('GET', '/v1/admin/sales?limit=0', { token })),
    '400 invalid-request',
  )
})

test('lists are try-later while their owner is away, and 400 for a cursor it can’t read', async (t) => {
  let does: Told = 'reset'
  const { call } = await startGateway(t, { inventory: () => does, order: () => does })
  const token = adminToken()
  for (const path of ['/v1/admin/sales', '/v1/admin/orders']) {
    does = 'reset'
    assert.equal(outcome(await call('GET', path, { token })), '503 try-later')
    does = refusal('invalid-request', 400)
    assert.equal(outcome(await call('GET', `${path}?cursor=x`, { token })), '400 invalid-request')
  }
})
