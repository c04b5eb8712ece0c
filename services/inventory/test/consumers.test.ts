import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { OrderCancelled } from '@flashsale/contracts/events/order-cancelled.ts'
import { OrderPaid } from '@flashsale/contracts/events/order-paid.ts'
import { topics } from '@flashsale/contracts/topics.ts'
import { createBus } from '@flashsale/messaging/bus.ts'
import { addToOutbox } from '@flashsale/messaging/outbox.ts'
import { startRelay } from '@flashsale/messaging/relay.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { testTopicPrefix } from '@flashsale/test-kit/bus.ts'
import { servers } from '@flashsale/test-kit/servers.ts'
import { onOrderCancelled } from '../src/consumers/on-order-cancelled.ts'
import { onOrderPaid } from '../src/consumers/on-order-paid.ts'
import { recordHolds } from '../src/ledger/record-holds.ts'
import { quiet, type TestSale, testSale } from './sale.ts'

type Order = Pick<Awaited<ReturnType<TestSale['hold']>>, 'orderId'>

const event = (data: object, orderId: string) => ({
  id: randomUUID(),
  type: '',
  version: 1,
  key: orderId,
  occurredAt: new Date().toISOString(),
  data,
})
const paid = (sale: TestSale, ...orders: Order[]) =>
  sale.db.tx((tx) => {
    const events = orders.map(({ orderId }) => event({ orderId, saleId: sale.saleId }, orderId))
    return onOrderPaid.handle({ tx }, events)
  })
const cancelled = (sale: TestSale, ...orders: Order[]) =>
  sale.db.tx((tx) => {
    const events = orders.map(({ orderId }) =>
      event({ orderId, saleId: sale.saleId, reason: 'unpaid' }, orderId),
    )
    return onOrderCancelled.handle({ tx }, events)
  })
const stateOf = async (sale: TestSale, { orderId }: Order) =>
  (await sale.inLedger()).holds.get(orderId)?.state

async function recorded(sale: TestSale) {
  const entry = await sale.hold()
  await recordHolds(sale.db, sale.at, [entry])
  return entry
}

test('a paid order is sold once, however often the event comes', async (t) => {
  const sale = await testSale(t)
  const [one, two] = [await recorded(sale), await recorded(sale)]
  await paid(sale, one, one, two)
  await paid(sale, two, one)
  assert.deepEqual([await stateOf(sale, one), await stateOf(sale, two)], ['sold', 'sold'])
  assert.equal((await sale.inLedger()).units.length, 2)
})

test('a paid order whose hold is not live is a fault, and changes no neighbour', async (t) => {
  const sale = await testSale(t)
  const [one, ended] = [await recorded(sale), await recorded(sale)]
  await cancelled(sale, ended)
  await assert.rejects(paid(sale, one, ended), { code: 'stock.paid-without-hold' })
  await assert.rejects(paid(sale, sale.attempt()), { code: 'stock.paid-without-hold' })
  assert.deepEqual([await stateOf(sale, one), await stateOf(sale, ended)], ['held', 'released'])
})

test('a cancelled order gives its units back once, and a hold that comes after it gets none', async (t) => {
  const sale = await testSale(t)
  const known = await recorded(sale)
  const unseen = await sale.hold() // still in the stream
  await cancelled(sale, known, unseen, known)
  await cancelled(sale, unseen, known)
  await recordHolds(sale.db, sale.at, [unseen, known])
  const { units, returns } = await sale.inLedger()
  assert.deepEqual(units, [])
  assert.deepEqual(new Set(returns.map(({ unit }) => unit)), new Set([1, 2]))
  assert.equal(returns.length, 2)
  assert.deepEqual(await sale.events('stock.held'), [known.orderId])
})

test('over real Kafka, two copies of each event end in the same books', async (t) => {
  const sale = await testSale(t, { stock: 40 })
  const topicPrefix = testTopicPrefix(t)
  const brokers = servers.kafkaBrokers()
  const bus = createBus({ brokers, group: 'inventory', topicPrefix, partitions: 2, log: quiet })
  await bus.ensureTopics([topics.stock, topics.orders])
  await bus.start({ db: sale.db, consumers: [onOrderPaid, onOrderCancelled] })
  const relay = startRelay({ db: sale.db, bus, holder: 'inventory-0', log: quiet })
  try {
    const orders: Order[] = []
    for (let i = 0; i < 20; i++) orders.push(await recorded(sale))
    const facts = orders.map(({ orderId }) => ({ orderId, saleId: sale.saleId }))
    const [sold, ended] = [facts.slice(0, 10), facts.slice(10)]
    const reason = 'unpaid' as const
    const endings = ended.map((one) => ({ ...one, reason }))
    await sale.db.tx(async (tx) => {
      await addToOutbox(tx, OrderCancelled, [...endings, ...endings].reverse())
      await addToOutbox(tx, OrderPaid, [...sold, ...sold].reverse())
    })
    const done = async () => {
      const states = [...(await sale.inLedger()).holds.values()].map(({ state }) => state)
      return !states.includes('held')
    }
    await until(done, { timeoutMs: 20_000, what: 'every order to have ended' })
    const { units, returns } = await sale.inLedger()
    assert.deepEqual([units.length, returns.length], [10, 10])
  } finally {
    await relay.stop()
    await bus.close()
  }
})
