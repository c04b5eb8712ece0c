import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { rootSpanIdOf, traceIdOf } from '../src/order-trace.ts'
import {
  activeIds,
  activeTraceparent,
  inBatchSpan,
  inSpan,
  inSteps,
  pastStep,
  startOrder,
  startRequest,
  traceparentOf,
} from '../src/spans.ts'
import { startTracing } from '../src/tracing.ts'
import { collector, type Span } from './collector.ts'

type Line = { orderId: string; step: string; traceId: string }

/** Records until the test says `recorded`; then all spans have arrived. One test at a time. */
async function record(t: TestContext, ratio = 1) {
  const { url, spans } = await collector(t)
  const lines: Line[] = []
  const told: string[] = []
  const log = {
    info: (facts: object) => void lines.push(facts as Line),
    warn: (facts: object) => void told.push(JSON.stringify(facts)),
  }
  const { stop } = await startTracing({ url, ratio, service: 'shop', instance: 'shop-0', log })
  t.after(stop)
  const recorded = async () => {
    await stop()
    return spans
  }
  return { recorded, lines, told }
}

const named = (spans: Span[], name: string) => {
  const span = spans.find((one) => one.name === name)
  assert.ok(span, `${name} among ${spans.map((one) => one.name).join(', ')}`)
  return span
}

test('what is written for an order follows the step that wrote it, one step after another', async (t) => {
  const { recorded, lines } = await record(t)
  const orderId = randomUUID()
  startOrder('buy', orderId, performance.now())?.end({ outcome: 'held' })
  let header: string | undefined
  await inSteps([{ name: 'ledger', orderId, kind: 'consumer' }], async () => {
    header = traceparentOf(orderId)
  })
  const published = pastStep({ name: 'outbox', orderId, after: header, startedAtMs: Date.now() })
  await inSteps([{ name: 'handled', orderId, after: published }], async () => {
    await inSpan('asked', { kind: 'client' }, async () => {
      assert.equal(activeTraceparent(), traceparentOf(orderId))
      assert.equal(activeIds().traceId, traceIdOf(orderId))
    })
  })

  const spans = await recorded()
  assert.deepEqual(new Set(spans.map(({ traceId }) => traceId)), new Set([traceIdOf(orderId)]))
  const [buy, ledger, outbox, handled, asked] = ['buy', 'ledger', 'outbox', 'handled', 'asked'].map(
    (name) => named(spans, name),
  )
  assert.equal(buy?.id, rootSpanIdOf(orderId))
  assert.equal(buy?.parentId, undefined)
  assert.ok(spans.every(({ timestamp, duration }) => Number.isInteger(timestamp + duration)))
  assert.equal(ledger?.parentId, buy?.id)
  assert.equal(outbox?.parentId, ledger?.id)
  assert.equal(handled?.parentId, outbox?.id)
  assert.equal(asked?.parentId, handled?.id)
  assert.equal(ledger?.kind, 'CONSUMER')
  assert.equal(buy?.localEndpoint.serviceName, 'shop')
  const steps = lines.map(({ step }) => step)
  assert.deepEqual(steps, ['buy', 'ledger', 'outbox', 'handled']) // `asked` names no order
  assert.ok(lines.every((line) => line.orderId === orderId && line.traceId === traceIdOf(orderId)))
})

test('a span of a moment does not end before it began', async (t) => {
  const { recorded, told } = await record(t)
  for (let n = 0; n < 100; n++) startOrder('buy', randomUUID(), performance.now())?.end({})
  assert.equal((await recorded()).length, 100)
  assert.deepEqual(
    told.filter((one) => one.includes('Inconsistent')),
    [],
  )
})

test('orders that are handled together each keep their own trace', async (t) => {
  const { recorded } = await record(t)
  const orderIds = Array.from({ length: 3 }, () => randomUUID())
  const steps = orderIds.map((orderId) => ({ name: 'handled', orderId }))
  const headers = await inSteps(steps, async () => orderIds.map(traceparentOf))
  const spans = await recorded()
  for (const [i, orderId] of orderIds.entries()) {
    const span = spans.find(({ traceId }) => traceId === traceIdOf(orderId))
    assert.equal(headers[i], `00-${traceIdOf(orderId)}-${span?.id}-01`)
  }
})

test('a batch follows its first order and names all of them', async (t) => {
  const { recorded } = await record(t)
  const orderIds = Array.from({ length: 12 }, () => randomUUID())
  await inBatchSpan('batch', orderIds, async () => {
    await inSpan('call', {}, async () => {})
  })
  const spans = await recorded()
  const [batch, call] = [named(spans, 'batch'), named(spans, 'call')]
  assert.equal(batch.traceId, traceIdOf(orderIds[0] as string))
  assert.equal(batch.parentId, rootSpanIdOf(orderIds[0] as string))
  assert.deepEqual(batch.tags['batch.orders']?.split(' '), orderIds)
  assert.equal(call.parentId, batch.id)
})

test('a step that fails says so, and the error goes on', async (t) => {
  const { recorded } = await record(t)
  const step = { name: 'handled', orderId: randomUUID() }
  const failing = inSteps([step], async () => {
    throw new Error('no disk')
  })
  await assert.rejects(failing, /no disk/)
  assert.match(named(await recorded(), 'handled').tags.error ?? '', /no disk/)
})

test('an order that is not in the share leaves nothing, and is handled all the same', async (t) => {
  const { recorded } = await record(t, 1e-9)
  const orderId = randomUUID()
  assert.equal(startOrder('buy', orderId, performance.now()), undefined)
  assert.equal(await inSteps([{ name: 'handled', orderId }], async () => 7), 7)
  assert.equal(await inBatchSpan('batch', [orderId], async () => 8), 8)
  assert.equal(traceparentOf(orderId), undefined)
  assert.deepEqual(await recorded(), [])
})

test('a header that says its trace is recorded is followed, whatever share is wanted here', async (t) => {
  const { recorded } = await record(t, 1e-9)
  const orderId = randomUUID()
  const after = `00-${traceIdOf(orderId)}-${rootSpanIdOf(orderId)}-01`
  await inSteps([{ name: 'handled', orderId, after }], async () => {})
  startRequest('GET /', after)?.span.end()
  const spans = await recorded()
  assert.equal(named(spans, 'handled').parentId, rootSpanIdOf(orderId))
  assert.equal(named(spans, 'GET /').kind, 'SERVER')
})

test('without a back end nothing is recorded and everything runs', async () => {
  const { stop } = await startTracing({ ratio: 1, service: 's', instance: 's', log: console })
  const orderId = randomUUID()
  assert.equal(await inSteps([{ name: 'handled', orderId }], async () => 1), 1)
  assert.equal(traceparentOf(orderId), undefined)
  assert.deepEqual(activeIds(), {})
  await stop()
})

test('a back end that is away holds nothing up, and is told of', async (t) => {
  const url = 'http://127.0.0.1:1/api/v2/spans'
  const told: string[] = []
  const log = { info() {}, warn: (_: object, sentence: string) => void told.push(sentence) }
  const { stop } = await startTracing({ url, ratio: 1, service: 's', instance: 's', log })
  t.after(stop)
  const steps = Array.from({ length: 10_000 }, () => ({ name: 'x', orderId: randomUUID() }))
  assert.equal(await inSteps(steps, async () => 2), 2)
  while (told.length === 0) await new Promise(setImmediate)
  assert.equal(told[0], 'spans were lost')
})
