import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { channels } from '@flashsale/contracts/channels.ts'
import { SaleTold } from '@flashsale/contracts/http/inventory.ts'
import { closeRedis, connectRedis, whenReady } from '@flashsale/redis/connection.ts'
import { channelName, publish } from '@flashsale/redis/publish.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { restock } from '../src/redis/restock.ts'
import { returnUnits } from '../src/redis/return-units.ts'
import { setPhase } from '../src/redis/set-phase.ts'
import { withdrawUnits } from '../src/redis/withdraw-units.ts'
import { readOneSale } from '../src/stock/sale-facts.ts'
import { forget, rebuild, record } from './rebuilding.ts'
import { type TestSale, testSale } from './sale.ts'

/** What the gateways are told from now on, up to the moment of asking. */
async function listen(t: TestContext, { redis, url, keyPrefix }: TestSale) {
  const subscriber = connectRedis({ url, keyPrefix })
  t.after(() => closeRedis(subscriber))
  await whenReady(subscriber, 5_000)
  await subscriber.subscribe(channelName(subscriber, channels.sales))
  const heard: unknown[] = []
  subscriber.on('message', (_, text) => heard.push(JSON.parse(text)))
  return async () => {
    await publish(redis, channels.sales, 'all before') // the channel keeps the order
    const isThere = () => heard.includes('all before')
    await until(isThere, { timeoutMs: 5_000, everyMs: 1, what: 'the end' })
    return heard
      .splice(0, heard.length)
      .slice(0, -1)
      .map((message) => SaleTold.parse(message))
  }
}
const brief = ({ free, orders, versions, buyers }: SaleTold) =>
  [free, orders, versions.free, buyers?.join() ?? '-'] as const

test('nothing is told while units are left that nobody had; then with its buyers who got the last', async (t) => {
  const sale = await testSale(t, { stock: 4, perBuyerLimit: 2 })
  const told = await listen(t, sale)
  await sale.hold({ buyer: 'ann' })
  assert.deepEqual(await told(), [])
  const last = ['bob', 'cid', 'cid', 'dan'].map((buyer) => sale.attempt({ buyer }))
  await sale.reserve([...last, last[0] ?? sale.attempt()]) // and a copy, which takes nothing
  const [message, ...more] = await told()
  assert.deepEqual(more, [])
  const { phaseVersion, stockVersion } = sale.sale()
  assert.deepEqual(message, {
    id: sale.saleId,
    epoch: 1,
    stock: 4,
    phase: 'ready',
    free: 0,
    orders: 4,
    versions: { phase: phaseVersion, stock: stockVersion, free: 4 },
    buyers: ['bob', 'cid', 'cid'],
  })
  await sale.reserve([sale.attempt()])
  assert.deepEqual(await told(), []) // a refusal changes nothing
})

test('of what comes back the first unit is told, and each sale of it with its buyer', async (t) => {
  const sale = await testSale(t, { stock: 3 })
  const [ann, bob] = [await sale.hold({ buyer: 'ann' }), await sale.hold({ buyer: 'bob' })]
  await sale.hold({ buyer: 'cid' })
  const told = await listen(t, sale)
  await returnUnits(sale.redis, { ...sale.at, ...ann })
  await returnUnits(sale.redis, { ...sale.at, ...ann })
  await returnUnits(sale.redis, { ...sale.at, ...bob })
  assert.deepEqual((await told()).map(brief), [[1, 3, 4, '-']])
  await sale.hold({ buyer: 'dan' })
  await sale.hold({ buyer: 'eve' })
  assert.deepEqual((await told()).map(brief), [
    [1, 4, 6, 'dan'],
    [0, 5, 7, 'eve'],
  ])
})

test('while a thousand units or more are left of what came back, its buyers are not told', async (t) => {
  const sale = await testSale(t, { stock: 1_002 })
  const told = await listen(t, sale)
  for (let i = 0; i < 6; i++) {
    await sale.reserve(Array.from({ length: 167 }, () => sale.attempt()))
  }
  assert.deepEqual(
    (await told()).map(({ free, buyers }) => [free, buyers?.length]),
    [[0, 167]],
  )
  const entries = await sale.entries()
  const returns = entries.slice(0, 1_001).map((entry) => ({ ...sale.at, ...entry }))
  await Promise.all(returns.map((one) => returnUnits(sale.redis, one)))
  await told()
  await sale.hold({ buyer: 'ann' })
  await sale.hold({ buyer: 'bob' })
  assert.deepEqual((await told()).map(brief), [
    [1_000, 1_003, 2_004, '-'],
    [999, 1_004, 2_005, 'bob'],
  ])
})

test('a restock, a pause and the last unit withdrawn are told, each once', async (t) => {
  const sale = await testSale(t, { stock: 1 })
  await sale.hold()
  const told = await listen(t, sale)
  await restock(sale.redis, sale.at, 3, 2)
  await restock(sale.redis, sale.at, 3, 2)
  await setPhase(sale.redis, sale.at, 'paused', 2)
  await setPhase(sale.redis, sale.at, 'ready', 1)
  const operation = '00000000-0000-4000-8000-000000000001'
  const wish = { ...sale.at, operation, mode: 'some' } as const
  await withdrawUnits(sale.redis, { ...wish, units: 1 })
  await withdrawUnits(sale.redis, { ...wish, units: 1 })
  await withdrawUnits(sale.redis, { ...wish, units: 1 })
  const messages = await told()
  assert.deepEqual(messages.map(brief), [
    [2, 1, 2, '-'],
    [2, 1, 2, '-'],
    [0, 1, 4, '-'],
  ])
  assert.deepEqual(
    messages.map(({ phase, stock, versions }) => [phase, stock, versions.phase, versions.stock]),
    [
      ['ready', 3, 1, 2],
      ['paused', 3, 2, 2],
      ['paused', 3, 2, 2],
    ],
  )
})

test('a rebuilt sale is told at its new epoch, with what is left and every order it had', async (t) => {
  const sale = await testSale(t, { stock: 3 })
  await sale.hold()
  await sale.hold()
  await record(sale)
  const told = await listen(t, sale)
  await forget(sale)
  assert.deepEqual(await rebuild(sale), { kind: 'rebuilt', epoch: 2 })
  const [message] = await told()
  assert.deepEqual([message?.epoch, ...(message ? brief(message) : [])], [2, 1, 2, 0, '-'])
})

test('what is read has the versions of what is told, and none while stock is unknown', async (t) => {
  const sale = await testSale(t, { stock: 2 })
  await sale.hold()
  const told = await listen(t, sale)
  await sale.hold()
  const [message] = await told()
  const facts = await readOneSale(sale, sale.sale())
  assert.deepEqual([facts.versions, facts.orders], [message?.versions, message?.orders])
  await forget(sale)
  const { free, orders, versions } = await readOneSale(sale, sale.sale())
  assert.deepEqual([free, orders, versions.free], [null, null, null])
})
