import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { readOpenReturns, releaseHolds } from '../src/db/returns.ts'
import { startReturner } from '../src/jobs/return-units.ts'
import { recordHolds } from '../src/ledger/record-holds.ts'
import { returnUnits } from '../src/redis/return-units.ts'
import { saleKeys } from '../src/redis/sale-keys.ts'
import { quiet, type TestSale, testSale } from './sale.ts'

test('an order that ends twice gives its units back once', async (t) => {
  const { redis, at, hold } = await testSale(t, { stock: 3, perBuyerLimit: 3 })
  const first = { ...at, ...(await hold({ quantity: 2 })) }

  const results = await Promise.all([returnUnits(redis, first), returnUnits(redis, first)])
  assert.deepEqual(results.map(({ count }) => count).sort(), [0, 2])

  const second = await hold({ quantity: 3 }) // all three are there again, each once
  assert.equal(new Set(second.held.map(({ unit }) => unit)).size, 3)
})

test('units sold again are not taken from their new owner by an old return', async (t) => {
  const { redis, at, hold, inRedis } = await testSale(t, { stock: 1 })
  const first = { ...at, ...(await hold({ buyer: 'A' })) }
  await returnUnits(redis, first)
  const second = await hold({ buyer: 'A' }) // the same slot as well

  assert.deepEqual(await returnUnits(redis, first), { kind: 'returned', count: 0 })
  const { owners, slots, free } = await inRedis()
  assert.deepEqual([owners.get(1), slots.get('A:1')], [second.orderId, '1'])
  assert.deepEqual(free, [])
})

test('a slot that was filled before it held a unit is read, and emptied by its own order alone', async (t) => {
  const { redis, at, hold, attempt, reserve, inRedis } = await testSale(t, { perBuyerLimit: 1 })
  const [mine, other] = [await hold({ buyer: 'A' }), await hold({ buyer: 'B' })]
  const { slots } = saleKeys(at)
  await redis.hset(slots, 'A:1', mine.orderId, 'B:1', other.orderId)

  const [again] = await reserve([attempt({ buyer: 'A' })])
  assert.deepEqual(again, { kind: 'limit-reached', orderIds: [mine.orderId] })
  await redis.hset(slots, 'B:1', mine.orderId) // as no order of B ever left it
  await returnUnits(redis, { ...at, ...other })
  assert.equal((await inRedis()).slots.get('B:1'), mine.orderId)
  assert.deepEqual(await returnUnits(redis, { ...at, ...mine }), { kind: 'returned', count: 1 })
  assert.equal((await inRedis()).slots.has('A:1'), false)
})

const recorded = async (sale: TestSale) => {
  const entry = await sale.hold()
  await recordHolds(sale.db, sale.at, [entry])
  return entry
}

test('a cancelled order ends its hold once, however often the event comes (R6)', async (t) => {
  const sale = await testSale(t)
  const { orderId, held } = await recorded(sale)
  const counts = await Promise.all(
    [1, 2, 3].map(() => sale.db.tx((tx) => releaseHolds(tx, [orderId, orderId]))),
  )
  assert.deepEqual(counts.sort(), [0, 0, 1])
  const { returns, holds, units } = await sale.inLedger()
  assert.deepEqual(
    returns,
    held.map(({ unit }) => ({ orderId, unit })),
  )
  assert.equal(holds.get(orderId)?.state, 'released')
  assert.deepEqual(units, [])
})

test('a return repeated after a crash between script and mark frees nothing twice', async (t) => {
  const sale = await testSale(t, { stock: 1 })
  const entry = await recorded(sale)
  await sale.db.tx((tx) => releaseHolds(tx, [entry.orderId]))
  await returnUnits(sale.redis, { ...sale.at, ...entry }) // and killed before the row was marked
  const next = await sale.hold() // the unit has a new owner by now

  const returner = startReturner({ ...sale, log: quiet })
  t.after(returner.stop)
  await atRest(sale)
  const { owners, free } = await sale.inRedis()
  assert.deepEqual([...owners], [[1, next.orderId]])
  assert.deepEqual(free, [])
})

test('while Redis forgot, or is at another epoch, a return waits (R7)', async (t) => {
  const sale = await testSale(t, { stock: 1 })
  const { sale: hash } = saleKeys(sale.at)
  const { orderId } = await recorded(sale)
  await sale.db.tx((tx) => releaseHolds(tx, [orderId]))
  const runId = String(await sale.redis.hget(hash, 'run_id'))
  await sale.redis.hset(hash, 'run_id', 'another')

  const returner = startReturner({ ...sale, log: quiet })
  t.after(returner.stop)
  const noticed = () => sale.register.isForgotten(sale.saleId)
  await until(noticed, { timeoutMs: 5_000, what: 'a return that was refused' })
  assert.equal((await sale.inLedger()).returns.length, 1)

  await sale.redis.hset(hash, 'run_id', runId)
  sale.register.markRemembered(sale.saleId)
  await atRest(sale)
  assert.deepEqual((await sale.inRedis()).free, [1])
})

test('returns of a sale that can take none keep no other sale’s back', async (t) => {
  const sale = await testSale(t, { stock: 2 })
  const { orderId } = await recorded(sale)
  await sale.db.query(`
    with blocked as (
      insert into sales select gen_random_uuid(), title, sku, price_minor, currency, per_buyer_limit,
        opens_at, closes_at, payment_window_seconds, admission_mode, phase from sales returning id),
    segment as (
      insert into segments (sale_id, segment, stock, held_back)
      select id, 0, 1000, 'unit-taken' from blocked returning sale_id)
    insert into returns (order_id, unit, sale_id, segment, buyer_id, slot)
    select '${orderId}', n, sale_id, 0, 'B', 1 from segment, generate_series(10, 700) n`)
  await sale.db.tx((tx) => releaseHolds(tx, [orderId]))
  const returner = startReturner({ ...sale, log: quiet })
  t.after(returner.stop)
  await atRest(sale)
  assert.deepEqual((await sale.inRedis()).free, [1])
})

test('a sale that is held back is given nothing until it is rebuilt', async (t) => {
  const sale = await testSale(t, { stock: 2 })
  const { orderId } = await recorded(sale)
  await sale.db.tx((tx) => releaseHolds(tx, [orderId]))
  await sale.db.query("update segments set held_back = 'unit-taken'")
  const open = await readOpenReturns(sale.db, 10, [])
  assert.deepEqual(open, [])
  await sale.db.query('update segments set held_back = null')
  assert.equal((await readOpenReturns(sale.db, 10, [])).length, 1)
  assert.deepEqual(await readOpenReturns(sale.db, 10, [sale.saleId]), [])
})

const atRest = (sale: TestSale) =>
  until(async () => (await sale.inLedger()).returns.length === 0, {
    timeoutMs: 5_000,
    what: 'the return',
  })
