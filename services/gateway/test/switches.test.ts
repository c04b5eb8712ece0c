import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { SwitchName } from '@flashsale/contracts/http/runtime-config.ts'
import { stillConfig } from './config-parts.ts'
import { aSale, buyerToken, newOrderId, outcome, startGateway } from './gateway.ts'
import { type Asked, problemBody, refusal } from './peers.ts'

const RETRY_AFTER = '10'
const token = buyerToken('ann')
const held = ({ body }: Asked) => {
  const { attempts } = body as { attempts: { orderId: string }[] }
  const results = attempts.map(({ orderId }) => ({ kind: 'held', orderId }))
  return { status: 200, body: { results } }
}

async function startSwitched(t: TestContext, options: Parameters<typeof startGateway>[1] = {}) {
  const sale = aSale()
  const runtimeConfig = stillConfig()
  const memory = runtimeConfig as typeof runtimeConfig & { learn(told: unknown): void }
  const gateway = await startGateway(t, {
    sales: [sale],
    inventory: held,
    runtimeConfig,
    ...options,
  })
  let version = 1
  const flip = (name: SwitchName, on = true) =>
    memory.learn({ version: ++version, document: { switches: { [name]: on } } })
  const buy = (more: { key?: string; headers?: Record<string, string> } = {}) =>
    gateway.call('POST', `/v1/sales/${sale.id}/orders`, { token, body: { quantity: 1 }, ...more })
  const reserved = () =>
    gateway.peers.inventory.asked.filter(({ path }) => path === '/internal/reserve').length
  return { ...gateway, sale, flip, buy, reserved }
}
const isClosed = (
  answer: Awaited<ReturnType<Awaited<ReturnType<typeof startSwitched>>['buy']>>,
) => {
  assert.equal(outcome(answer), '503 try-later')
  assert.equal(answer.headers.get('retry-after'), RETRY_AFTER)
  assert.match(answer.body.detail, /at the moment/)
}

test('read-only: nobody buys, pays or cancels, on either way to the route, and all reads go on', async (t) => {
  const id = newOrderId('ann')
  const { buy, call, flip, reserved, sale, peers } = await startSwitched(t, {
    order: () => refusal('order-not-found', 404),
    payment: () => ({ status: 200, body: {} }),
  })
  assert.equal((await buy()).status, 202)
  flip('readOnly')
  isClosed(await buy())
  isClosed(await buy({ key: 'k' }))
  isClosed(await buy({ headers: { 'content-type': 'application/json;charset=UTF-8' } })) // the router's
  for (const what of ['payment', 'cancel']) {
    isClosed(await call('POST', `/v1/orders/${id}/${what}`, { token }))
  }
  assert.equal(reserved(), 1)
  assert.deepEqual([peers.order.asked.length, peers.payment.asked.length], [0, 0])
  assert.equal((await call('GET', '/v1/sales')).status, 200)
  assert.equal((await call('GET', `/v1/sales/${sale.id}`)).status, 200)
  const callback = await call('POST', '/v1/payments/callbacks/bank', { body: '{}' })
  assert.equal(callback.status, 200) // the bank's word is always taken
  flip('readOnly', false)
  assert.equal((await buy()).status, 202)
})

test('stop-joins: nobody new gets as far as inventory; a key that may name an order is passed on', async (t) => {
  const { buy, flip, reserved } = await startSwitched(t)
  flip('stopJoins')
  isClosed(await buy())
  assert.equal(reserved(), 0)
  assert.equal((await buy({ key: 'k' })).status, 202) // inventory decides: it has the switch, too
  assert.equal(reserved(), 1)
  flip('stopJoins', false)
  assert.equal((await buy()).status, 202)
})

test('stop-joins: inventory’s "no" to a key it does not know is a 503', async (t) => {
  const unavailable = () => ({ status: 200, body: { results: [{ kind: 'unavailable' }] } })
  const { buy, flip } = await startSwitched(t, { inventory: unavailable })
  flip('stopJoins')
  isClosed(await buy({ key: 'k' }))
})

test('close-card-payments: payment’s "closed" is told in the buyer’s words', async (t) => {
  const id = newOrderId('ann')
  const row = {
    id,
    buyerId: 'ann',
    state: 'pending-payment',
    saleId: aSale().id,
    quantity: 1,
    amountMinor: 100,
    currency: 'EUR',
    createdAt: new Date().toISOString(),
  }
  const { call } = await startSwitched(t, {
    order: () => ({ status: 200, body: row }),
    payment: () => ({ status: 503, body: problemBody('payments-closed', 503) }),
  })
  isClosed(await call('POST', `/v1/orders/${id}/payment`, { token }))
})

test('serve-stale: an order is told as it was last, with its age, while nobody can say more', async (t) => {
  const id = newOrderId('ann')
  let isAway = false
  const { call, flip } = await startSwitched(t, {
    order: () => (isAway ? refusal('try-later', 503) : refusal('order-not-found', 404)),
    inventory: () => ({ status: 200, body: { kind: 'unconfirmed' } }),
  })
  const read = (of = id) => call('GET', `/v1/orders/${of}`, { token })
  const fresh = await read()
  assert.deepEqual([fresh.status, fresh.headers.get('age')], [200, null])
  isAway = true
  assert.equal(outcome(await read()), '503 try-later')
  flip('serveStale')
  const stale = await read()
  assert.deepEqual([stale.status, stale.body], [200, fresh.body])
  assert.match(stale.headers.get('age') ?? '', /^\d+$/)
  assert.equal(stale.headers.get('warning'), '110 - "Response is Stale"')
  assert.equal(outcome(await read(newOrderId('ann'))), '503 try-later') // never told
  assert.equal(
    outcome(await call('GET', `/v1/orders/${id}`, { token: buyerToken('bob') })),
    '404 order-not-found',
  )
  isAway = false
  assert.equal((await read()).headers.get('age'), null)
})

test('serve-stale: whoever stands in front may keep what is told of sales', async (t) => {
  const { call, flip, sale } = await startSwitched(t)
  const kept = async (path: string) => (await call('GET', path)).headers.get('cache-control')
  for (const path of ['/v1/sales', `/v1/sales/${sale.id}`]) {
    assert.equal(await kept(path), 'public, max-age=1')
  }
  flip('serveStale')
  for (const path of ['/v1/sales', `/v1/sales/${sale.id}`]) {
    assert.equal(await kept(path), 'public, max-age=10, stale-if-error=300')
  }
})
