import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import type { SplitRule } from '@flashsale/contracts/http/canary.ts'
import type { Attempt } from '@flashsale/contracts/http/inventory.ts'
import { metricsText } from '@flashsale/service-kit/metric.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { createReleases } from '../src/clients/releases.ts'
import { aRule, heldRules } from './canary-parts.ts'
import { adminToken, aSale, buyerToken, newOrderId, outcome, startGateway } from './gateway.ts'
import { type Handler, refusal, refusingUrl, startPeer } from './peers.ts'

const ROLLED_BACK_WITHIN_MS = 15_000
const header = (track: string) => ({ 'x-flashsale-track': track })

/** Order rows of whoever asks, as one release or the other answers them. */
const orders: Handler = ({ path, method }) => {
  if (method === 'POST') return { status: 200, body: { kind: 'cancelled' } }
  if (!path.startsWith('/internal/orders/')) return { status: 200, body: { orders: [] } }
  const [id = ''] = path.split('/').slice(-1)
  const [buyerId = ''] = [...owners].filter(([, ids]) => ids.has(id)).map(([buyer]) => buyer)
  const amounts = { quantity: 1, amountMinor: 9900, currency: 'EUR' }
  const row = { id, buyerId, saleId: randomUUID(), ...amounts, state: 'pending-payment' }
  return { status: 200, body: { ...row, createdAt: new Date().toISOString() } }
}
const owners = new Map<string, Set<string>>()
function orderOf(buyer: string): string {
  const id = newOrderId(buyer)
  owners.set(buyer, (owners.get(buyer) ?? new Set()).add(id))
  return id
}

type Played = { canary: Handler; rule?: Partial<SplitRule>; canaryUrl?: string }
async function splitOrders(t: TestContext, { canary, rule, canaryUrl }: Played) {
  const played = await startPeer(t, canary)
  const rules = heldRules({ order: aRule({ cohort: ['ann'], header: true, ...rule }) })
  const urls = { order: canaryUrl ?? played.url }
  const gateway = await startGateway(t, { order: orders, canary: { rules: rules.source, urls } })
  const look = (buyer: string, headers = {}) =>
    gateway.call('GET', `/v1/orders/${orderOf(buyer)}`, { token: buyerToken(buyer), headers })
  const asked = () => ({ stable: gateway.peers.order.asked.length, canary: played.asked.length })
  return { ...gateway, rules, look, asked }
}

test('each buyer is served by one release: reading, listing, cancelling; a call may ask for the other', async (t) => {
  const { call, look, asked } = await splitOrders(t, { canary: orders })
  const [ann, ben] = [{ token: buyerToken('ann') }, { token: buyerToken('ben') }]
  for (let i = 0; i < 3; i++) assert.equal(outcome(await look('ann')), '200')
  assert.equal(outcome(await call('GET', '/v1/orders', ann)), '200')
  assert.equal(outcome(await call('POST', `/v1/orders/${orderOf('ann')}/cancel`, ann)), '200')
  assert.deepEqual(asked(), { stable: 0, canary: 5 })

  assert.equal(outcome(await look('ben')), '200')
  assert.equal(outcome(await call('POST', `/v1/orders/${orderOf('ben')}/cancel`, ben)), '200')
  assert.deepEqual(asked(), { stable: 2, canary: 5 })

  assert.equal(outcome(await look('ben', header('canary'))), '200')
  assert.equal(outcome(await look('ann', header('stable'))), '200')
  assert.deepEqual(asked(), { stable: 3, canary: 6 })

  const list = await call('GET', '/v1/admin/orders', {
    token: adminToken(),
    headers: header('canary'),
  })
  assert.equal(outcome(list), '200')
  assert.deepEqual(asked(), { stable: 4, canary: 6 })
})

test('a header that the rule does not heed, and one of no meaning, change nothing', async (t) => {
  const { look, asked } = await splitOrders(t, { canary: orders, rule: { header: false } })
  assert.equal(outcome(await look('ben', header('canary'))), '200')
  assert.equal(outcome(await look('ann', header('stable'))), '200')
  assert.equal(outcome(await look('ann', header('something'))), '200')
  assert.deepEqual(asked(), { stable: 1, canary: 2 })
})

test('a canary that nobody can reach is stood in for by stable, and left', async (t) => {
  const canaryUrl = await refusingUrl(t)
  const rollBack = { ...aRule().rollBack, callsMin: 20 }
  const world = await splitOrders(t, { canary: orders, canaryUrl, rule: { rollBack } })
  for (let i = 0; i < 25; i++) assert.equal(outcome(await world.look('ann')), '200')
  assert.deepEqual(world.asked(), { stable: 25, canary: 0 })
  await leftBy(world.rules)
  const { cause, why } = world.rules.rolledBack[0] ?? {}
  assert.equal(cause, 'errors')
  assert.match(why ?? '', /^\d+ of \d+ calls failed, 2 % may/)
})

test('what a canary may have done is asked of nobody else', async (t) => {
  for (const canary of ['hang', 'reset'] as const) {
    const { call, asked } = await splitOrders(t, { canary: () => canary })
    const path = `/v1/orders/${orderOf('ann')}/cancel`
    const answer = await call('POST', path, { token: buyerToken('ann') })
    assert.equal(outcome(answer), '503 try-later', canary)
    assert.equal(asked().stable, 0, canary)
  }
})

test('a canary whose answers fail, or are not as agreed, is left within seconds, once, and gets nobody', async (t) => {
  const wrong = { status: 200, body: { some: 'thing' } }
  for (const bad of [refusal('internal', 500), wrong]) {
    const rollBack = { ...aRule().rollBack, callsMin: 20 }
    const world = await splitOrders(t, { canary: () => bad, rule: { rollBack } })
    for (let i = 0; i < 20; i++) await world.look('ann')
    await leftBy(world.rules)
    const before = world.asked().canary
    for (let i = 0; i < 20; i++) {
      assert.equal(outcome(await world.look('ann', header('canary'))), '200')
    }
    assert.equal(world.asked().canary, before)
    assert.equal(world.rules.rolledBack.length, 1)

    world.rules.set('order', aRule({ cohort: ['ann'], rollBack })) // set again: judged anew
    await world.look('ann')
    assert.equal(world.asked().canary, before + 1)
    const { body } = await world.call('GET', '/v1/admin/canary', { token: adminToken() })
    assert.equal(body.order.seen.canary.calls, 1) // nothing of before is held against it
  }
})

test('a slow canary is left', async (t) => {
  const slow: Handler = async (asked) => {
    await new Promise((resolve) => setTimeout(resolve, 60))
    return orders(asked)
  }
  const rollBack = { ...aRule().rollBack, callsMin: 20, p99MsMax: 20, timesStableMax: 1 }
  const world = await splitOrders(t, { canary: slow, rule: { rollBack } })
  await Promise.all(Array.from({ length: 25 }, () => world.look('ann')))
  await leftBy(world.rules)
  assert.equal(world.rules.rolledBack[0]?.cause, 'slow')
})

async function leftBy({ rolledBack }: ReturnType<typeof heldRules>) {
  const what = 'the canary to be left'
  await until(() => rolledBack.length > 0, { timeoutMs: ROLLED_BACK_WITHIN_MS, what })
}

test('calls are told by service, track and outcome', async (t) => {
  const { look } = await splitOrders(t, { canary: orders })
  const count = async () => {
    const name =
      'gateway_track_calls_total{service="order",track="canary",release="untold",outcome="ok"}'
    const line = (await metricsText()).split('\n').find((one) => one.startsWith(name))
    return Number(line?.split(' ').at(-1) ?? 0)
  }
  const before = await count()
  await look('ann')
  assert.equal(await count(), before + 1)
})

/** Units for everybody. */
const reserve: Handler = ({ body }) => {
  const { attempts } = body as { attempts: Attempt[] }
  const results = attempts.map(({ orderId }) => ({ kind: 'held', orderId }))
  return { status: 200, body: { results } }
}

test('purchases of a buyer are sent to one release, in batches of its own, fast way and slow', async (t) => {
  const canary = await startPeer(t, reserve)
  const sale = aSale({ perBuyerLimit: 10 })
  const rules = heldRules({ inventory: aRule({ cohort: ['ann'], header: true }) })
  const { call, peers } = await startGateway(t, {
    sales: [sale],
    inventory: reserve,
    canary: { rules: rules.source, urls: { inventory: canary.url } },
  })
  const buy = (buyer: string, headers = {}, body: unknown = { quantity: 1 }) =>
    call('POST', `/v1/sales/${sale.id}/orders`, { token: buyerToken(buyer), body, headers })
  const slowWay = { 'content-type': 'application/json;charset=UTF-8' }
  const answers = await Promise.all([
    ...Array.from({ length: 10 }, () => buy('ann')),
    ...Array.from({ length: 10 }, () => buy('ben')),
    buy('cid', header('canary')),
    buy('ann', header('stable')),
    buy('dan', { ...header('canary'), ...slowWay }, '{"quantity":1}'),
  ])
  assert.deepEqual([...new Set(answers.map(({ body }) => body.status))], ['accepted'])

  const buyersOf = (asked: { path: string; body: unknown }[]) => {
    const batches = asked.filter(({ path }) => path === '/internal/reserve')
    const all = batches.flatMap(({ body }) => (body as { attempts: Attempt[] }).attempts)
    return all.map(({ buyerId }) => buyerId).sort()
  }
  assert.deepEqual(buyersOf(canary.asked), [...Array(10).fill('ann'), 'cid', 'dan'])
  assert.deepEqual(buyersOf(peers.inventory.asked), ['ann', ...Array(10).fill('ben')])
})

test('each batch of purchases that comes to nothing speaks against a canary once, however many are in it', async (t) => {
  const isFor = (asked: { body: unknown }, quantity: number) =>
    (asked.body as { attempts: Attempt[] }).attempts.some((one) => one.quantity === quantity)
  const canary = await startPeer(t, (asked) => {
    if (isFor(asked, 2)) return 'hang'
    if (isFor(asked, 3)) return { status: 200, body: { some: 'thing' } }
    return reserve(asked)
  })
  const sale = aSale({ perBuyerLimit: 10 })
  const rules = heldRules({ inventory: aRule({ cohort: ['ann'] }) })
  const { call } = await startGateway(t, {
    sales: [sale],
    canary: { rules: rules.source, urls: { inventory: canary.url } },
  })
  const wanted = { token: buyerToken('ann') }
  const buy = (quantity: number) =>
    call('POST', `/v1/sales/${sale.id}/orders`, { ...wanted, body: { quantity } })
  for (let i = 0; i < 5; i++) assert.equal((await buy(1)).body.status, 'accepted')
  const lost = [...(await Promise.all([buy(2), buy(2), buy(2)])), await buy(3)]
  for (const { body } of lost) assert.equal(body.status, 'unconfirmed')

  const { body } = await call('GET', '/v1/admin/canary', { token: adminToken() })
  const { calls, errors } = body.inventory.seen.canary
  const batches = canary.asked.filter(({ path }) => path === '/internal/reserve')
  const bad = batches.filter((asked) => !isFor(asked, 1))
  assert.deepEqual([calls, errors], [batches.length, bad.length])
})

test('with one release of a service there is nothing between a call and its client', async () => {
  const canaryUrls = { inventory: undefined, order: undefined, payment: undefined }
  const canary = { tracks: () => assert.fail('there is no canary') }
  const releases = createReleases({ canary, canaryUrls, timeoutMs: 1 })
  const client = { call: async () => ({ kind: 'not-sent' }) as const, close: async () => {} }
  const wanted = { stable: client, make: (http: unknown) => http, split: () => assert.fail() }
  assert.equal(releases.of('order', wanted), client)
  await releases.close()
})
