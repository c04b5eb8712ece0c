import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { OrderId } from '@flashsale/contracts/ids.ts'
import { operationsOf, pathWith, readDocument } from './api-document.ts'
import {
  adminToken,
  aSale,
  buyerToken,
  newOrderId,
  outcome,
  sign,
  startGateway,
} from './gateway.ts'

const open = ['get /v1/sales', 'get /v1/sales/{saleId}', 'post /v1/payments/callbacks/{provider}']

async function world(t: TestContext) {
  const sale = aSale()
  const reserve = async () => ({ kind: 'sold-out' }) as const
  const row = (id: string, buyerId: string) => ({
    status: 200,
    body: {
      id,
      buyerId,
      state: 'pending-payment',
      saleId: sale.id,
      quantity: 1,
      amountMinor: 100,
      currency: 'EUR',
      createdAt: new Date().toISOString(),
    },
  })
  const gateway = await startGateway(t, {
    sales: [sale],
    reserve,
    order: ({ path }) => row(path.split('/').at(-1) ?? '', 'ann'),
  })
  const operations = operationsOf(await readDocument(t)).map(({ path, method, operation }) => ({
    ...operation,
    name: `${method} ${path}`,
    path,
    method: method.toUpperCase(),
  }))
  return { ...gateway, sale, operations }
}

test('every route but those for anyone asks who is calling', async (t) => {
  const { call, operations, sale } = await world(t)
  const forged = [
    sign({ sub: 'ann' }, { secret: 'another secret of forty bytes, or a few more' }),
    sign({ sub: 'ann' }, { alg: 'none' }),
    sign({ sub: 'ann', exp: 1 }),
    sign({ role: 'admin' }),
    sign({ sub: 'erased:ann', role: 'admin' }), // what stands for who was erased
  ]
  for (const { name, method, path } of operations) {
    if (open.includes(name)) continue
    for (const token of [undefined, '', 'x', ...forged]) {
      const wanted = token === undefined ? {} : { token }
      const answer = await call(method, pathWith(path, { saleId: sale.id }), wanted)
      assert.equal(outcome(answer), '401 unauthenticated', `${name} with ${token}`)
    }
  }
})

test('every route of operators refuses a buyer, whatever else of it is wrong', async (t) => {
  const { call, operations, peers } = await world(t)
  const ofAdmins = operations.filter(({ path }) => path.startsWith('/v1/admin/'))
  assert.ok(ofAdmins.length >= 15)
  const roles = ['buyer', 'Admin', 'admin ', 'admins', '', undefined]
  for (const { name, method, path } of ofAdmins) {
    for (const role of roles) {
      const token = sign({ sub: 'ann', ...(role !== undefined && { role }) })
      const answer = await call(method, pathWith(path), { token })
      assert.equal(outcome(answer), '403 forbidden', `${name} as ${role}`)
    }
  }
  assert.ok(peers.inventory.asked.every(({ path }) => path.startsWith('/internal/sales')))
  assert.deepEqual(peers.order.asked, [])
})

test('every route of one order answers whoever is not its buyer as if there were none', async (t) => {
  const { call, operations, peers } = await world(t)
  const ofOrders = operations.filter(({ path }) => path.startsWith('/v1/orders/{id}'))
  assert.ok(ofOrders.length >= 3)
  const ofAnn = newOrderId('ann')
  for (const { name, method, path } of ofOrders) {
    for (const token of [buyerToken('ben'), adminToken()]) {
      for (const id of [ofAnn, flipped(ofAnn), ofAnn.toUpperCase()]) {
        const answer = await call(method, pathWith(path, { id }), { token })
        assert.equal(outcome(answer), '404 order-not-found', `${name} ${id}`)
      }
    }
  }
  assert.deepEqual(peers.order.asked, [], 'the id alone tells')
  const own = await call('GET', `/v1/orders/${ofAnn}`, { token: buyerToken('ann') })
  assert.equal(own.status, 200, own.text)
  const ofBen = newOrderId('ben') // whose row says that it is ann's
  for (const { name, method, path } of ofOrders.filter(({ name }) => !name.includes('cancel'))) {
    const answer = await call(method, pathWith(path, { id: ofBen }), { token: buyerToken('ben') })
    assert.equal(outcome(answer), '404 order-not-found', name)
  }
})

test('every body refuses fields that it does not have', async (t) => {
  const { call, operations, sale, peers } = await world(t)
  const more = { id: 'x', buyerId: 'ann', role: 'admin', priceMinor: 1, state: 'paid' }
  const withBody = operations.filter(({ requestBody }) => requestBody)
  assert.ok(withBody.length >= 6)
  const { free: _f, orders: _o, versions: _v, phase: _p, epoch: _e, id: _i, ...good } = sale
  const token = adminToken()
  const bodies: Record<string, object[]> = {
    'post /v1/sales/{saleId}/orders': [{ quantity: 1 }],
    'post /v1/admin/sales': [good],
    'post /v1/admin/sales/{saleId}/withdraw': [{ units: 1 }],
    'post /v1/admin/sales/{saleId}/restock': [{ units: 1 }],
    'put /v1/admin/limits': [{ buyer: null }, { buyer: { burst: 1, perSecond: 1 } }],
    'put /v1/admin/withdrawn-tokens': [{ jti: 'j' }],
    'put /v1/admin/canary': [{ order: { release: 'a' } }],
    'patch /v1/admin/config': [{ why: 'w', change: {} }],
    'post /v1/admin/config/roll-back': [{ why: 'w', version: 0 }],
  }
  assert.deepEqual(withBody.map(({ name }) => name).toSorted(), Object.keys(bodies).toSorted())
  for (const { name, method, path } of withBody) {
    for (const body of bodies[name] ?? []) {
      for (const [field, value] of Object.entries(more)) {
        const odd = field in body ? { ...body, [`${field}2`]: value } : { ...body, [field]: value }
        const at = pathWith(path, { saleId: sale.id })
        const answer = await call(method, at, { token, body: odd })
        assert.equal(outcome(answer), '400 invalid-request', `${name} with ${field}`)
      }
    }
  }
  assert.ok(peers.inventory.asked.every(({ method }) => method === 'GET'))
})

test('no field of any request is a URL, and no answer leads elsewhere', async (t) => {
  const { operations, call } = await world(t)
  for (const { name, requestBody, parameters = [] } of operations) {
    const text = JSON.stringify([requestBody ?? {}, parameters])
    assert.doesNotMatch(text, /"format":"(uri|url|iri|uri-reference|hostname)"/, name)
    assert.doesNotMatch(text, /"(\w*url|\w*uri|host|webhook|callback|redirect\w*)"/i, name)
  }
  for (const path of ['//evil.example.net/', '/v1/sales?next=https://evil.example.net']) {
    const answer = await call('GET', path)
    assert.equal(answer.headers.get('location'), null)
    assert.ok(answer.status < 300 || answer.status >= 400)
  }
})

/** The same id with another MAC. */
const flipped = (id: OrderId) => id.slice(0, -1) + (id.endsWith('0') ? '1' : '0')
