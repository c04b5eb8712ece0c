import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { adminToken, aSale, outcome, startGateway } from './gateway.ts'
import { refusal, type Told } from './peers.ts'

const json = { 'content-type': 'application/json' }
const newSale = {
  title: 'A kettle',
  sku: 'KETTLE-1',
  priceMinor: 9900,
  currency: 'EUR',
  stock: 100,
  perBuyerLimit: 2,
  opensAt: '2029-01-01T08:00:00+02:00',
  closesAt: '2029-01-01T12:00:00Z',
  paymentWindowSeconds: 300,
  admission: { mode: 'direct' },
}

test('a sale is created by inventory and open to buyers when the answer is there', async (t) => {
  const sales = [aSale({ title: 'before' })]
  const created = aSale()
  const { call, peers } = await startGateway(t, {
    sales,
    inventory: () => {
      sales.push(created)
      return { status: 201, body: created }
    },
  })
  const { admission: _admission, ...short } = newSale
  const answer = await call('POST', '/v1/admin/sales', { token: adminToken(), body: short })
  assert.equal(answer.status, 201)
  const { orders: _orders, versions: _versions, ...shown } = created
  assert.deepEqual(answer.body, { ...shown, state: 'open' })
  const asked = peers.inventory.asked.find(({ method }) => method === 'POST')
  assert.equal(asked?.path, '/internal/sales')
  assert.deepEqual(asked?.body, newSale) // with the default of its admission
  const polls = peers.inventory.asked.length
  assert.equal((await call('GET', `/v1/sales/${created.id}`)).body.state, 'open')
  assert.ok(peers.inventory.asked.length - polls <= 1, 'known without asking')
})

test('a sale to come is scheduled', async (t) => {
  const sale = aSale({ opensAt: new Date(Date.now() + 60_000).toISOString() })
  const { call } = await startGateway(t, { inventory: () => ({ status: 201, body: sale }) })
  const answer = await call('POST', '/v1/admin/sales', { token: adminToken(), body: newSale })
  assert.equal(answer.body.state, 'scheduled')
})

test('a sale out of bounds is 400 and is not passed on', async (t) => {
  const { call, peers } = await startGateway(t)
  const token = adminToken()
  const wrong: Record<string, unknown>[] = [
    { title: '' },
    { title: 'x'.repeat(201) },
    { title: 'a\0b' },
    { title: undefined },
    { sku: '' },
    { priceMinor: 0 },
    { priceMinor: 1.5 },
    { priceMinor: '9900' },
    { currency: 'eur' },
    { stock: 0 },
    { stock: 10_000_001 },
    { perBuyerLimit: 0 },
    { perBuyerLimit: 11 },
    { opensAt: 'tomorrow' },
    { opensAt: '2029-01-01' },
    { opensAt: '0000-01-01T00:00:00Z' },
    { closesAt: '2029-01-01T06:00:00Z' }, // when it opens, in another zone
    { paymentWindowSeconds: 4 },
    { paymentWindowSeconds: 3601 },
    { admission: { mode: 'pass' } },
    { admission: { mode: 'waiting-room' } },
    { admission: { mode: 'lottery' } },
    { admission: { mode: 'direct', extra: 1 } },
    { id: randomUUID() },
  ]
  for (const change of wrong) {
    const answer = await call('POST', '/v1/admin/sales', { token, body: { ...newSale, ...change } })
    assert.equal(outcome(answer), '400 invalid-request', JSON.stringify(change))
  }
  assert.equal(
    outcome(
      await call('POST', '/v1/admin/sales', {
        token,
        body: '{}',
        headers: { 'content-type': 'text/xml' },
      }),
    ),
    '415 unsupported-media-type',
  )
  const large = await call('POST', '/v1/admin/sales', {
    token,
    body: ' '.repeat(70_000),
    headers: json,
  })
  assert.equal(outcome(large), '413 payload-too-large')
  assert.ok(peers.inventory.asked.every(({ method }) => method === 'GET'))
})

test('when the stock can’t be loaded, creating a sale is try-later', async (t) => {
  let does: Told = 'reset'
  const { call } = await startGateway(t, { inventory: () => does })
  for (does of ['reset', { status: 500 }, refusal('try-later', 503)] as Told[]) {
    const answer = await call('POST', '/v1/admin/sales', { token: adminToken(), body: newSale })
    assert.equal(outcome(answer), '503 try-later')
  }
})
