import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startSystem } from '@flashsale/test-kit/system.ts'
import { rootSpanIdOf, traceIdOf } from '@flashsale/tracing/order-trace.ts'
import { buyPatiently, type Receipt } from './buyer.ts'
import { ownZipkin, type Span, type Zipkin } from './own-zipkin.ts'
import { openSale, type Sale } from './sale.ts'

const SERVICES = ['gateway', 'inventory', 'order', 'payment'] as const
const CROWD = 60
const BUY = 'post /v1/sales/:saleid/orders' // Zipkin keeps names in small letters

test('an order is one trace, from the click to its end, in a real back end', async (t) => {
  const { system, sale, zipkin } = await traced(t)
  await t.test('from the click to paid', () => fromClickToPaid(sale, zipkin))
  await t.test('through cancel, late money and refund', () => throughRefund(sale, zipkin))
  await t.test('a batch names all of its orders', () => inBatches(sale, zipkin))
  await t.test('logs tell the steps of an order, and no secret', async () => {
    const receipt = await accepted(sale, 'logged')
    await zipkin.show([receipt.orderId], (spans) => assertChain(spans, TO_ORDER))
    const lines = SERVICES.flatMap((name) => system.logs(name))
    const steps = lines.filter((line) => line.includes(receipt.orderId)).map((l) => JSON.parse(l))
    const names = new Set(steps.map(({ name }) => name))
    assert.deepEqual(names, new Set(['gateway', 'inventory', 'order']))
    assert.ok(steps.every(({ traceId }) => traceId === traceIdOf(receipt.orderId)))
    const secrets = SERVICES.flatMap((name) => secretsOf(system.env[name]))
    const told = [...secrets, system.token('logged'), system.token('operator', 'admin')]
    assert.ok(told.length >= 6 && told.every(({ length }) => length > 10))
    for (const secret of told) assert.ok(!lines.some((line) => line.includes(secret)))
  })
})

async function traced(t: TestContext) {
  const zipkin = await ownZipkin(t)
  const traces = { TRACES_URL: zipkin.spansUrl, TRACES_SAMPLE_RATIO: '1' }
  const env = Object.fromEntries(SERVICES.map((name) => [name, traces]))
  const system = await startSystem(t, { env })
  const sale = await openSale(system, { perBuyerLimit: 2 })
  return { system, sale, zipkin }
}

/** Each step, named by its service, follows the one before it. */
function assertChain(spans: Span[], [first = '', ...steps]: string[]) {
  const named = (name: string) =>
    spans.filter((span) => `${span.localEndpoint.serviceName}: ${span.name}` === name)
  let ends = named(first)
  assert.ok(ends.length > 0, `${first} among ${spans.map(({ name }) => name)}`)
  for (const step of steps) {
    const ids = ends.map(({ id }) => id)
    const next = named(step).filter(({ parentId = '' }) => ids.includes(parentId))
    assert.ok(next.length > 0, `${step} follows ${ends.map(({ name }) => name)}`)
    ends = next
  }
}

const TO_ORDER = [
  `gateway: ${BUY}`,
  'inventory: stock stream',
  'inventory: ledger',
  'inventory: stock.held published',
  'order: kafka',
  'order: stock.held handled',
]

async function accepted(sale: Sale, user: string): Promise<Receipt> {
  const { orderId = '' } = await buyPatiently(sale, user, {})
  return { user, orderId }
}

async function fromClickToPaid(sale: Sale, zipkin: Zipkin) {
  const receipt = await accepted(sale, 'payer')
  await sale.payAtBank(await sale.openCheckout(receipt))
  await sale.becomes(receipt, 'paid')
  await zipkin.show([receipt.orderId], (spans) => assertPaid(spans, receipt.orderId))
}

function assertPaid(spans: Span[], orderId: string) {
  const root = spans.filter(({ parentId }) => parentId === undefined)
  assert.deepEqual(
    root.map(({ id, name }) => [id, name]),
    [[rootSpanIdOf(orderId), BUY]],
  )
  const ids = new Set(spans.map(({ id }) => id))
  assert.ok(spans.every(({ parentId }) => parentId === undefined || ids.has(parentId)))
  assertChain(spans, [
    `gateway: ${BUY}`,
    'gateway: batch of attempts',
    'gateway: post /internal/reserve',
    'inventory: post /internal/reserve',
    'inventory: reserve.lua',
  ])
  assertChain(spans, TO_ORDER)
  assertChain(spans, [
    `gateway: ${BUY}`,
    'gateway: post /v1/orders/:id/payment',
    'gateway: post /internal/payments',
    'payment: post /internal/payments',
    'payment: post /checkouts',
  ])
  assertChain(spans, [
    `gateway: ${BUY}`,
    'payment: callback of bank',
    'payment: payment.callback-stored published',
    'payment: kafka',
    'payment: payment.callback-stored handled',
    'payment: payment.captured published',
    'order: kafka',
    'order: payment.captured handled',
    'order: order.paid published',
    'inventory: kafka',
    'inventory: order.paid handled',
  ])
}

async function throughRefund(sale: Sale, zipkin: Zipkin) {
  const receipt = await accepted(sale, 'regrets')
  const paymentId = await sale.openCheckout(receipt)
  await sale.cancelPatiently(receipt)
  await sale.payAtBank(paymentId) // money that comes too late
  await sale.becomes(receipt, 'refunded')
  await zipkin.show([receipt.orderId], assertRefunded)
}

function assertRefunded(spans: Span[]) {
  assertChain(spans, [`gateway: ${BUY}`, 'inventory: return-units.lua'])
  assertChain(spans, [
    `gateway: ${BUY}`,
    'gateway: post /v1/orders/:id/cancel',
    'gateway: post /internal/orders/:id/cancel',
    'order: post /internal/orders/:id/cancel',
    'order: order.cancelled published',
    'inventory: kafka',
    'inventory: order.cancelled handled',
  ])
  assertChain(spans, [
    'order: payment.captured handled',
    'order: order.refund-wanted published',
    'payment: kafka',
    'payment: order.refund-wanted handled',
  ])
  assertChain(spans, [
    `gateway: ${BUY}`,
    'payment: refund',
    'payment: payment.refunded published',
    'order: kafka',
    'order: payment.refunded handled',
  ])
}

async function inBatches(sale: Sale, zipkin: Zipkin) {
  const buyers = Array.from({ length: CROWD }, (_, i) => `crowd-${i}`)
  const receipts = await Promise.all(buyers.map((user) => accepted(sale, user)))
  const orderIds = receipts.map(({ orderId }) => orderId)
  await zipkin.show(orderIds, (spans) => {
    const batches = spans.filter(({ name }) => name === 'batch of attempts')
    const linked = batches.map(({ tags }) => tags?.['batch.orders']?.split(' ') ?? [])
    const theirs = linked.flat().filter((orderId) => orderIds.includes(orderId))
    assert.deepEqual(theirs.toSorted(), orderIds.toSorted()) // each in one batch
    assert.ok(Math.max(...linked.map(({ length }) => length)) >= 10, JSON.stringify(linked))
    for (const [i, { parentId, traceId }] of batches.entries()) {
      const [first = ''] = linked[i] ?? []
      assert.deepEqual([traceId, parentId], [traceIdOf(first), rootSpanIdOf(first)])
    }
  })
}

const secretsOf = (env: Record<string, string>) =>
  Object.entries(env).flatMap(([name, value]) => {
    if (name.endsWith('_SECRET')) return [value]
    return name === 'DATABASE_URL' ? [value] : []
  })
