import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createRuntimeConfig } from '@flashsale/runtime-config/runtime-config.ts'
import { buildApp } from '../src/app.ts'
import { judgeSale } from '../src/audit/audit-sale.ts'
import { createOrderClient } from '../src/clients/order.ts'
import { createPaymentClient } from '../src/clients/payment.ts'
import { createSaleList } from '../src/db/list-sales.ts'
import { createAdmission } from '../src/domain/admission.ts'
import { createSubjectOf } from '../src/domain/buyer-subject.ts'
import { startConfigTeller } from '../src/jobs/tell-config.ts'
import { startLedgerWriter } from '../src/ledger/writer.ts'
import { quiet, salePlan, testSale } from './sale.ts'

const NOBODY = 'http://127.0.0.1:1' // order and payment are away

async function testApp(t: TestContext) {
  const sale = await testSale(t, { stock: 10 })
  const saleList = createSaleList(sale.databaseUrl)
  const runtimeConfig = createRuntimeConfig(quiet)
  const [orders, payments] = [createOrderClient(NOBODY), createPaymentClient(NOBODY)]
  const teller = startConfigTeller({ ...sale, config: runtimeConfig, log: quiet })
  const app = buildApp({
    runtimeConfig,
    teller,
    faults: { allowed: false, instance: 'inventory-0' },
    books: { read: (id) => judgeSale({ ...sale, readings: sale.redis, orders, payments }, id) },
    subjectOf: createSubjectOf('a secret for the tests of erasures, long enough'),
    ...sale,
    saleList,
    admission: createAdmission({ waitMsMax: 10_000, streamEntriesMax: 50_000 }),
    logLevel: 'silent',
    ready: async () => true,
  })
  const writer = startLedgerWriter({ ...sale, writer: 'writer-0', log: quiet })
  t.after(() => Promise.all([writer.stop(), teller.stop(), app.close(), saleList.close()]))
  const call = async (method: 'GET' | 'POST', path: string, body?: object) => {
    const answer = await app.inject({ method, url: `/internal${path}`, ...(body && { body }) })
    return { status: answer.statusCode, body: answer.json() }
  }
  return { ...sale, call, runtimeConfig, own: `/sales/${sale.saleId}` }
}

test('every status of the calls on sales', async (t) => {
  const { call, own } = await testApp(t)
  const created = await call('POST', '/sales', salePlan())
  assert.deepEqual([created.status, created.body.free, created.body.phase], [201, 10, 'ready'])
  const { opensAt } = salePlan()
  for (const wrong of [{ stock: 0 }, { opensAt, closesAt: opensAt }, { title: '' }, { more: 1 }]) {
    assert.equal((await call('POST', '/sales', { ...salePlan(), ...wrong })).status, 400)
  }
  const { body } = await call('GET', '/sales')
  assert.equal(body.sales.length, 2)
  assert.deepEqual(body.queue, { waitMs: 0, isOpen: true, retryAfterMs: 0 })
  assert.ok(Math.abs(body.redisTimeMs - Date.now()) < 10_000)
  assert.equal((await call('GET', '/admin/sales')).body.sales.length, 2)

  const statuses: [string, object | undefined, number][] = [
    ['pause', undefined, 200],
    ['pause', undefined, 200],
    ['resume', undefined, 200],
    ['restock', { units: 2 }, 200],
    ['restock', { units: 10_000_000 }, 409],
    ['restock', { units: 0 }, 400],
    ['withdraw', { units: 13 }, 409],
    ['withdraw', { units: 2 }, 200],
    ['close', undefined, 200],
    ['close', undefined, 200],
    ['resume', undefined, 409],
    ['restock', { units: 1 }, 409],
    ['withdraw', { units: 1 }, 409],
  ]
  for (const [action, units, status] of statuses) {
    assert.equal((await call('POST', `${own}/${action}`, units)).status, status, action)
    const other = `/sales/${randomUUID()}/${action}`
    assert.equal((await call('POST', other, units)).status, status === 400 ? 400 : 404)
    assert.equal((await call('POST', `/sales/none/${action}`, units)).status, 404)
  }
})

test('attempts of several sales, and of one that is not there, are answered in their order', async (t) => {
  const { call, attempt } = await testApp(t)
  const created = await call('POST', '/sales', salePlan())
  const unknown = { ...attempt(), saleId: randomUUID() }
  const other = { ...attempt(), saleId: created.body.id }
  const attempts = [attempt(), unknown, other, attempt({ epoch: 5 })]
  const { status, body } = await call('POST', '/reserve', { attempts })
  assert.equal(status, 200)
  assert.deepEqual(
    body.results.map(({ kind }: { kind: string }) => kind),
    ['held', 'unavailable', 'held', 'old-epoch'],
  )
  assert.equal((await call('POST', '/reserve', { attempts: [] })).status, 400)
  assert.equal(
    (await call('POST', '/reserve', { attempts: [{ ...unknown, more: 1 }] })).status,
    200,
  )
})

test('a look-up and an audit answer, or say what they are waiting for', async (t) => {
  const { call, attempt, own } = await testApp(t)
  const wanted = attempt()
  await call('POST', '/reserve', { attempts: [wanted] })
  assert.equal((await call('GET', `/orders/${wanted.orderId}`)).body.kind, 'held')
  assert.equal((await call('GET', `/orders/${attempt().orderId}`)).body.kind, 'unconfirmed')
  assert.equal((await call('GET', '/orders/none')).status, 404)
  const audit = await call('GET', `${own}/audit`)
  assert.deepEqual([audit.status, audit.body.detail], [503, 'order does not answer'])
})

test('while joins are stopped nobody new is let in, and who has an order is told so', async (t) => {
  const { call, attempt, runtimeConfig } = await testApp(t)
  const reserve = async (...attempts: object[]) => {
    const { body } = await call('POST', '/reserve', { attempts })
    return body.results.map(({ kind }: { kind: string }) => kind)
  }
  const known = { buyer: 'ann', key: 'k' }
  assert.deepEqual(await reserve(attempt(known)), ['held'])
  runtimeConfig.learn({ version: 1, document: { switches: { stopJoins: true } } })
  assert.deepEqual(await reserve(attempt(known), attempt({ buyer: 'bob', key: 'k' }), attempt()), [
    'repeated',
    'unavailable',
    'unavailable',
  ])
  runtimeConfig.learn({ version: 2, document: {} })
  assert.deepEqual(await reserve(attempt()), ['held'])
})
