import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import { type OwnRedis, ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { type System, startSystem } from '@flashsale/test-kit/system.ts'
import { sign } from '../../src/bank/deliveries.ts'
import { banBuyers, banRoutes, keySetAway, showUnknownKey, wantedBan } from './bans.ts'
import { changeConfig, changeWithoutRedis, configRoutes, withoutConfig } from './config-calls.ts'
import { probe } from './probe.ts'
import { readSales } from './read-sales.ts'
import { readRecord, recordRoutes, withoutRecord } from './record.ts'
import { type Caller, routeCaller } from './route-caller.ts'
import { newSale, openSale } from './sale.ts'
import { connectSql, holdFence, type Sql } from './sql.ts'
import { callTooOften, fewCalls } from './too-many-calls.ts'

const BUY = 'POST /v1/sales/{saleId}/orders'
const ORDER = 'GET /v1/orders/{id}'
const ORDERS = 'GET /v1/orders'
const PAY = 'POST /v1/orders/{id}/payment'
const CANCEL = 'POST /v1/orders/{id}/cancel'
const CALLBACK = 'POST /v1/payments/callbacks/{provider}'
const CREATE = 'POST /v1/admin/sales'
const AUDIT = 'GET /v1/admin/sales/{saleId}/audit'
const PHASES = ['pause', 'resume', 'close'].map((to) => `POST /v1/admin/sales/{saleId}/${to}`)
const UNITS = ['withdraw', 'restock'].map((what) => `POST /v1/admin/sales/{saleId}/${what}`)
const LISTS = ['GET /v1/admin/sales', 'GET /v1/admin/orders']
const OF_ADMINS = [CREATE, ...LISTS, AUDIT, ...PHASES, ...UNITS, ...configRoutes.all]

const tooLarge = { body: ' '.repeat(64 * 1024 + 1) }
const text = { body: 'x', headers: { 'content-type': 'text/plain' } }
const units = { body: { units: 1 } }

type World = { system: System; redis: OwnRedis; ledger: Sql; caller: Caller; admin: string }

test('every call gives every status that it can', async (t) => {
  const redis = await ownRedis(t)
  const own = { REDIS_URL: redis.url }
  const env = { gateway: { ...own, ...fewCalls, ...keySetAway }, inventory: own }
  const system = await startSystem(t, { env })
  const ledger = await connectSql(t, system.dbUrls.inventory)
  const caller = routeCaller(system)
  const world = { system, redis, ledger, caller, admin: system.token('operator', 'admin') }

  await t.test('health, readiness and metrics of each service', () => probe(system))
  await t.test('sales, for everyone', () => readSales(world))
  await t.test('buying', () => buy(world))
  await t.test('an order, its payment and its cancellation', () => handleOrder(world))
  await t.test('callbacks of the bank', () => takeCallbacks(world))
  await t.test('operators', () => operate(world))
  await t.test('the configuration', () => changeConfig(world))
  await t.test('bans and withdrawn tokens', () => banBuyers(world))
  await t.test('the record of operators, and erasure', () => readRecord(world))
  await t.test('a token of a key that nobody knows', () => showUnknownKey(world))
  await t.test('a sale in each of its phases', () => changePhases(world))
  await t.test('too many slow calls', () =>
    callTooOften({ ...world, ofAdmins: [...OF_ADMINS, ...recordRoutes] }),
  )
  await t.test('services that are away', () => withoutServices(world))
  await t.test('no status that the OpenAPI document names was left out', async () => {
    const declared = await caller.declared()
    assert.deepEqual(new Set(declared).difference(caller.seen), new Set())
  })
})

async function buy({ system, caller: { expect } }: World) {
  const { id: saleId } = await openSale(system, { stock: 1 })
  const later = await openSale(system, { opensInMs: 60_000 })
  const params = { saleId }
  const body = { quantity: 1 }
  // With a key: without one a sold-out sale says so before it looks any further.
  const as = (user: string) => ({ params, body, token: system.token(user), key: user })

  await expect(BUY, { ...as('ann'), key: 'k' }, '202')
  await expect(BUY, { params, body, key: 'k' }, '401 unauthenticated')
  await expect(BUY, { ...as('bob'), body: { quantity: 1, colour: 'red' } }, '400 invalid-request')
  await expect(BUY, { ...as('bob'), body: { quantity: 2 } }, '400 invalid-request')
  await expect(BUY, { ...as('bob'), params: { saleId: 'no-sale' } }, '404 sale-not-found')
  await expect(BUY, { ...as('bob'), ...tooLarge }, '413 payload-too-large')
  await expect(BUY, { ...as('bob'), ...text }, '415 unsupported-media-type')
  await expect(BUY, { ...as('bob'), params: { saleId: later.id } }, '409 sale-not-open')
  await expect(BUY, { ...as('ann'), key: 'another' }, '409 limit-reached')
  await expect(BUY, { ...as('cid'), key: 'c' }, '409 sold-out')

  const pair = await openSale(system, { perBuyerLimit: 2 })
  const ofPair = { ...as('ann'), params: { saleId: pair.id }, key: 'k' }
  await expect(BUY, ofPair, '202')
  await expect(BUY, { ...ofPair, body: { quantity: 2 } }, '422 idempotency-mismatch')

  const hasty = { ...as('hasty'), params: { saleId: later.id } } // answered at once, from memory
  const tries = Array.from({ length: 30 }, () =>
    request(`${system.url}/v1/sales/${later.id}/orders`, {
      method: 'POST',
      body,
      token: hasty.token,
      key: hasty.key,
    }),
  )
  await Promise.all(tries)
  await expect(BUY, hasty, '429 rate-limited')
}

async function handleOrder({ system, ledger, caller: { expect } }: World) {
  const sale = await openSale(system)
  const release = await holdFence(ledger)
  const { orderId: id } = await sale.hold('ann')
  const mine = { params: { id }, token: system.token('ann') }
  await expect(PAY, mine, '409 order-not-ready')
  await release()
  await sale.becomes({ user: 'ann', orderId: id }, 'pending-payment')

  await expect(ORDER, mine, '200')
  await expect(PAY, mine, '201')
  await expect(CANCEL, mine, '200')
  await expect(PAY, mine, '409 not-payable')
  const paid = await sale.hold('bob')
  await sale.payAtBank(await sale.openCheckout(paid))
  await sale.becomes(paid, 'paid')
  const bobs = { params: { id: paid.orderId }, token: system.token('bob') }
  await expect(CANCEL, bobs, '409 not-cancellable')

  for (const route of [ORDER, PAY, CANCEL]) {
    await expect(route, { params: { id } }, '401 unauthenticated')
    await expect(route, { ...mine, token: bobs.token }, '404 order-not-found')
    await expect(route, { ...mine, params: { id: 'no-order' } }, '404 order-not-found')
    if (route !== ORDER) await expect(route, { ...mine, ...tooLarge }, '413 payload-too-large')
  }
  const { body } = await expect(ORDERS, { token: mine.token }, '200')
  assert.equal(body.orders[0].id, id)
  await expect(ORDERS, {}, '401 unauthenticated')
  await expect(ORDERS, { token: mine.token, query: '?cursor=no-cursor' }, '400 invalid-request')
}

async function takeCallbacks({ system, caller: { expect } }: World) {
  const params = { provider: 'bank' }
  const body = JSON.stringify({
    callbackId: randomUUID(),
    paymentId: randomUUID(),
    state: 'declined',
  })
  const headers = { 'bank-signature': sign(system.env.bank.BANK_SECRET ?? '', body) }
  await expect(CALLBACK, { params, body, headers }, '200') // of a payment that we don't know
  await expect(CALLBACK, { params, body: `${body} `, headers }, '401 signature-invalid')
  await expect(CALLBACK, { params: { provider: 'x' }, body, headers }, '404 not-found')
  await expect(CALLBACK, { params, headers, ...tooLarge }, '413 payload-too-large')
}

async function operate({ system, caller: { expect }, admin: token }: World) {
  const buyer = system.token('ann')
  await expect(CREATE, { token, body: newSale() }, '201')
  await expect(CREATE, { token, body: { ...newSale(), stock: 0 } }, '400 invalid-request')
  const lottery = { ...newSale(), admission: { mode: 'lottery' } }
  await expect(CREATE, { token, body: lottery }, '400 invalid-request') // not built yet
  for (const route of LISTS) {
    await expect(route, { token }, '200')
    await expect(route, { token, query: '?limit=0' }, '400 invalid-request')
  }
  for (const route of UNITS) {
    const params = { saleId: randomUUID() }
    await expect(route, { token, params, body: { units: 0 } }, '400 invalid-request')
  }
  for (const route of OF_ADMINS) {
    const params = { saleId: randomUUID() }
    await expect(route, { params, ...(route.startsWith('POST') && units) }, '401 unauthenticated')
    await expect(route, { params, token: buyer }, '403 forbidden')
    if (route.includes('{saleId}')) {
      const wanted = { token, params, ...(UNITS.includes(route) && units) }
      await expect(route, wanted, '404 sale-not-found')
      await expect(route, { ...wanted, params: { saleId: 'no-sale' } }, '404 sale-not-found')
    }
    if (!route.startsWith('GET')) {
      await expect(route, { token, params, ...tooLarge }, '413 payload-too-large')
    }
    if ([CREATE, ...UNITS, ...configRoutes.changing].includes(route)) {
      await expect(route, { token, params, ...text }, '415 unsupported-media-type')
    }
  }
}

async function changePhases({ system, ledger, caller: { expect }, admin: token }: World) {
  const [pause = '', resume = '', close = ''] = PHASES
  const [withdraw = '', restock = ''] = UNITS
  const { id: saleId } = await openSale(system, { stock: 10 })
  const params = { saleId }
  const mine = { token, params }
  const attempt = { params, body: { quantity: 1 }, token: system.token('zoe') }

  await expect(AUDIT, mine, '200')
  await expect(withdraw, { ...mine, ...units }, '200')
  await expect(withdraw, { ...mine, body: { units: 99 } }, '409 too-few-available')
  await expect(restock, { ...mine, ...units }, '200')
  await expect(pause, mine, '200')
  await expect(BUY, attempt, '503 try-later')
  await expect(resume, mine, '200')
  await expect(BUY, attempt, '202')
  await expect(close, mine, '200')
  await expect(BUY, attempt, '409 sale-not-open')
  await expect(pause, mine, '409 sale-state-conflict')
  await expect(resume, mine, '409 sale-state-conflict')
  await expect(restock, { ...mine, ...units }, '409 sale-state-conflict')

  const draft = await openSale(system)
  await ledger(`update sales set phase = 'draft' where id = $1`, [draft.id])
  await expect(close, { token, params: { saleId: draft.id } }, '409 sale-state-conflict')
}

async function withoutServices(world: World) {
  const { system, redis, admin: token } = world
  const { expect } = world.caller
  const sale = await openSale(system)
  const { orderId: id } = await sale.hold('ann')
  const mine = { params: { id }, token: system.token('ann') }
  await sale.becomes({ user: 'ann', orderId: id }, 'pending-payment')

  await system.stop('payment')
  await expect(PAY, mine, '503 try-later')
  await expect(CALLBACK, { params: { provider: 'bank' }, body: '{}' }, '503 try-later')
  await expect(AUDIT, { token, params: { saleId: sale.id } }, '503 try-later')
  await system.stop('order')
  for (const route of [ORDER, PAY, CANCEL]) await expect(route, mine, '503 try-later')
  await expect(ORDERS, { token: mine.token }, '503 try-later')
  await expect('GET /v1/admin/orders', { token }, '503 try-later')
  await system.stop('inventory')
  const params = { saleId: sale.id }
  await expect(BUY, { params, token: mine.token, body: { quantity: 1 } }, '503 try-later')
  await expect(CREATE, { token, body: newSale() }, '503 try-later')
  await expect('GET /v1/admin/sales', { token }, '503 try-later')
  await withoutRecord(world)
  for (const route of [...PHASES, ...UNITS]) {
    const body = UNITS.includes(route) ? units : {}
    await expect(route, { token, params, ...body }, '503 try-later')
  }
  await withoutConfig({ caller: { expect }, admin: token })
  await system.stop('gateway')
  const started = system.start('gateway') // not ready without inventory, but there
  const isThere = () => request(`${system.url}/healthz`).catch(() => undefined)
  await until(isThere, { timeoutMs: 20_000, what: 'the gateway' })
  await expect('GET /v1/sales', {}, '503 try-later')
  await expect('GET /v1/sales/{saleId}', { params }, '503 try-later')
  await system.start('inventory')
  await started
  await redis.kill()
  await changeWithoutRedis({ caller: { expect }, admin: token })
  for (const route of banRoutes) await expect(route, { token, ...wantedBan }, '503 try-later')
}
