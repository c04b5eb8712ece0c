import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Attempt } from '@flashsale/contracts/http/inventory.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { closeEnded } from '../src/db/sales.ts'
import { readTime } from '../src/redis/read-time.ts'
import { lookUpOrder } from '../src/stock/look-up-order.ts'
import { reserveBatch } from '../src/stock/reserve-batch.ts'
import { readAllFacts } from '../src/stock/sale-facts.ts'
import { createSaleRegister } from '../src/stock/sale-register.ts'
import { testSale } from './sale.ts'

const WAIT_MS = 15_000
const SOON_MS = 200 // a buyer waits no longer while stock is unknown

async function frozenSale(t: TestContext) {
  const server = await ownRedis(t)
  const sale = await testSale(t, { stock: 3 }, server)
  const buy = async (attempt: Attempt) => (await sale.reserve([attempt]))[0]?.kind
  return { ...sale, server, buy }
}

async function timed<T>(work: Promise<T>) {
  const startedAtMs = performance.now()
  const value = await work
  return { value, tookMs: performance.now() - startedAtMs }
}

test('an attempt that a frozen Redis was given is unknown, the next are refused at once, unsent', async (t) => {
  const { server, redis, buy, attempt, inRedis } = await frozenSale(t)
  server.freeze()
  const sent = attempt()
  assert.equal(await buy(sent), 'unknown')
  for (let i = 0; i < 20; i++) {
    const { value, tookMs } = await timed(buy(attempt()))
    assert.equal(value, 'unavailable')
    assert.ok(tookMs < SOON_MS, `${tookMs} ms`)
  }
  server.thaw()
  await until(redis.health.answers, { timeoutMs: WAIT_MS, what: 'Redis to answer' })
  assert.equal(await buy(sent), 'held') // it was taken after all: its copy finds it
  assert.deepEqual([...(await inRedis()).owners], [[1, sent.orderId]])
})

test('what found no connection to be sent over is refused, not unknown', async (t) => {
  const { server, redis, deps, attempt } = await frozenSale(t)
  await server.kill()
  await until(() => !redis.health.answers(), { timeoutMs: WAIT_MS, what: 'Redis to be gone' })
  const health = { ...redis.health, answers: () => true } // it broke since it was last looked at
  const late = Object.create(redis, { health: { value: health } })
  const [result] = await reserveBatch({ ...deps, redis: late }, [attempt()])
  assert.equal(result?.kind, 'unavailable')
})

test('while Redis is frozen stock is unknown at once, and its time is not told', async (t) => {
  const { server, redis, register } = await frozenSale(t)
  server.freeze()
  await readAllFacts({ redis, register })
  const { value, tookMs } = await timed(readAllFacts({ redis, register }))
  assert.deepEqual([value.sales[0]?.free, value.redisTimeMs], [null, null])
  assert.ok(tookMs < SOON_MS, `${tookMs} ms`)
  server.thaw()
})

test('while Redis is frozen a look-up is unconfirmed, and final once it is back', async (t) => {
  const { server, redis, attempt, ...sale } = await frozenSale(t)
  const { orderId } = attempt({ deadlineMs: Date.now() - 1_000 })
  server.freeze()
  const deps = { ...sale, redis }
  assert.deepEqual(await lookUpOrder(deps, orderId), { kind: 'unconfirmed' })
  server.thaw()
  await until(redis.health.answers, { timeoutMs: WAIT_MS, what: 'Redis to answer' })
  assert.deepEqual(await lookUpOrder(deps, orderId), { kind: 'absent' })
})

test('an id of a time without any sale is final by Redis’ clock alone', async (t) => {
  const { server, redis, db, attempt, ...sale } = await frozenSale(t)
  const later = "opens_at = now() + interval '1 day', closes_at = now() + interval '2 days'"
  await db.query(`update sales set ${later}`)
  const deps = { ...sale, redis, db }
  const { orderId } = attempt({ deadlineMs: Date.now() - 60_000 })
  await server.kill()
  await until(() => !redis.health.answers(), { timeoutMs: WAIT_MS, what: 'Redis to be gone' })
  assert.deepEqual(await lookUpOrder(deps, orderId), { kind: 'unconfirmed' })
  await server.start()
  await until(redis.health.answers, { timeoutMs: WAIT_MS, what: 'Redis to answer' })
  assert.deepEqual(await lookUpOrder(deps, orderId), { kind: 'absent' })
})

test('a sale ends by Redis’ time, whatever the clock of the ledger says', async (t) => {
  const { db, redis, saleId } = await testSale(t)
  const nowMs = await readTime(redis)
  assert.ok(nowMs !== undefined && Math.abs(nowMs - Date.now()) < 60_000) // one machine, one clock
  await db.query('update sales set closes_at = to_timestamp($1 / 1000.0)', [nowMs - 1_000])
  assert.deepEqual(await closeEnded(db, nowMs - 2_000), [])
  assert.deepEqual(await closeEnded(db, nowMs), [saleId])
})

test('a sale that another instance has just made is sold here too', async (t) => {
  const { db, redis, attempt, deps } = await testSale(t)
  const register = createSaleRegister(db) // it has not looked yet
  const [result] = await reserveBatch({ ...deps, redis, register }, [attempt()])
  assert.equal(result?.kind, 'held')
})

test('above the entries that may wait for the ledger nothing more is taken', async (t) => {
  const { deps, attempt } = await testSale(t)
  const attempts = [attempt(), attempt(), attempt()]
  const results = await reserveBatch({ ...deps, streamEntriesMax: 2 }, attempts)
  assert.deepEqual(
    results.map(({ kind }) => kind),
    ['held', 'held', 'unavailable'],
  )
})
