import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { SaleId } from '@flashsale/contracts/ids.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { readLedgerStock } from '../src/db/ledger-stock.ts'
import { startSegmentWatch } from '../src/jobs/watch-segments.ts'
import { recordHolds } from '../src/ledger/record-holds.ts'
import { startLedgerWriter } from '../src/ledger/writer.ts'
import { saleKeys } from '../src/redis/sale-keys.ts'
import { createGroup, GROUP, readEntries } from '../src/redis/stock-stream.ts'
import { addUnits, changePhase, createSale, takeOut } from '../src/stock/change-sale.ts'
import { quiet, salePlan, type TestSale, testSale } from './sale.ts'

const start = (t: TestContext, sale: TestSale, writer = 'writer-0') => {
  const job = startLedgerWriter({ ...sale, writer, log: quiet })
  t.after(job.stop)
  return job
}
const empty = (sale: TestSale) =>
  until(async () => (await sale.redis.xlen(saleKeys(sale.at).stream)) === 0, {
    timeoutMs: 10_000,
    what: 'an empty stream',
  })
const fill = (sale: TestSale, orders: number) =>
  sale.reserve(Array.from({ length: orders }, () => sale.attempt()))
const given = { from: 'new', count: 100, blockMs: 1 } as const

test('all that Redis gave becomes rows, and the stream ends empty', async (t) => {
  const sale = await testSale(t, { stock: 1_000 })
  await fill(sale, 250) // before the group exists: nothing may be skipped (R1b)
  start(t, sale)
  await Promise.all([fill(sale, 250), fill(sale, 250)])
  await empty(sale)
  const { units, holds } = await sale.inLedger()
  assert.deepEqual([units.length, holds.size], [750, 750])
})

test('killed with a batch in hand, the next writer of that name records it', async (t) => {
  const sale = await testSale(t, { stock: 100 })
  await fill(sale, 60)
  await createGroup(sale.streams, sale.at)
  await readEntries(sale.streams, [sale.at], { ...given, writer: 'writer-0' }) // and never again
  start(t, sale)
  await empty(sale)
  assert.equal((await sale.inLedger()).units.length, 60)
})

test('killed between commit and acknowledgement, nothing is recorded or told twice', async (t) => {
  const sale = await testSale(t, { stock: 100 })
  await fill(sale, 60)
  await createGroup(sale.streams, sale.at)
  await readEntries(sale.streams, [sale.at], { ...given, writer: 'writer-0' })
  await recordHolds(sale.db, sale.at, await sale.entries())
  start(t, sale)
  await empty(sale)
  assert.equal((await sale.inLedger()).units.length, 60)
  assert.equal((await sale.events('stock.held')).length, 60)
})

test('what a writer of another name left behind is taken over', { timeout: 30_000 }, async (t) => {
  const sale = await testSale(t, { stock: 100 })
  await fill(sale, 60)
  await createGroup(sale.streams, sale.at)
  await readEntries(sale.streams, [sale.at], { ...given, writer: 'gone' })
  start(t, sale)
  await until(async () => (await sale.inLedger()).units.length === 60, {
    timeoutMs: 20_000,
    what: 'the entries of the other writer',
  })
})

test('one entry that can not be recorded stops no other, and a rebuild frees its unit', async (t) => {
  const sale = await testSale(t, { stock: 12 })
  await fill(sale, 5)
  const [unreadable] = await sale.reserve([sale.attempt()])
  const stuck = (await sale.entries()).at(-1)
  assert.ok(unreadable?.kind === 'held' && stuck)
  const { stream } = saleKeys(sale.at)
  await sale.redis.xdel(stream, stuck.id)
  await sale.redis.xadd(stream, '*', 'hold', 'no-order-id 1 6 1 f', 'buyer', 'B')
  await fill(sale, 5)
  start(t, sale)
  const watch = startSegmentWatch({ ...sale, log: quiet })
  t.after(watch.stop)
  const recorded = (units: number, what: string) =>
    until(async () => (await sale.inLedger()).units.length === units, { timeoutMs: 10_000, what })
  await recorded(10, 'its neighbours')
  await until(() => sale.at.epoch === 2 && !sale.sale().heldBack, {
    timeoutMs: 10_000,
    what: 'the rebuild',
  })
  assert.equal((await fill(sale, 2)).filter(({ kind }) => kind === 'held').length, 2)
  await recorded(12, 'what came after it')
})

test('an entry as it was written before its facts were one text is recorded', async (t) => {
  const sale = await testSale(t)
  const { orderId } = sale.attempt()
  const facts = {
    hold: orderId,
    epoch: 1,
    buyer: 'B',
    key: 'k',
    fingerprint: 'f',
    units: '1,2',
    slots: '1,2',
  }
  await sale.redis.xadd(saleKeys(sale.at).stream, '*', ...Object.entries(facts).flat())
  start(t, sale)
  await empty(sale)
  const { holds, units } = await sale.inLedger()
  assert.deepEqual([holds.get(orderId)?.key, units.map(({ unit }) => unit)], ['k', [1, 2]])
})

test('entries of two sales may have the same id', async (t) => {
  const sale = await testSale(t)
  const other = await createSale(sale.deps, salePlan())
  assert.ok(other.kind === 'created')
  const at = { ...sale.at, saleId: other.id }
  const bad = ['hold', 'no-order-id 1 1 1 f', 'buyer', 'B']
  await sale.redis.xadd(saleKeys(at).stream, '1-1', ...bad)
  const { orderId } = sale.attempt()
  const good = ['hold', `${orderId} 1 1 1 f`, 'buyer', 'B']
  await sale.redis.xadd(saleKeys(sale.at).stream, '1-1', ...good)
  start(t, sale)
  await until(async () => (await sale.inLedger()).units.length === 1, {
    timeoutMs: 5_000,
    what: 'the good one',
  })
})

test('a sale that Redis forgot for good keeps no other sale from its ledger', async (t) => {
  const sale = await testSale(t, { stock: 50 })
  await fill(sale, 20)
  await createGroup(sale.streams, sale.at)
  await readEntries(sale.streams, [sale.at], { ...given, writer: 'writer-0' })
  await sale.redis.hset(saleKeys(sale.at).sale, 'run_id', 'the-server-before')
  await fill(sale, 1)
  assert.ok(sale.register.isForgotten(sale.saleId))

  start(t, sale)
  const other = await createSale(sale.deps, salePlan({ stock: 50 }))
  assert.ok(other.kind === 'created')
  for (let round = 1; round <= 3; round++) {
    const attempts = Array.from({ length: 10 }, () => ({ ...sale.attempt(), saleId: other.id }))
    await sale.reserve(attempts)
    await until(
      async () => (await readLedgerStock(sale.db, other.id))?.units.length === 10 * round,
      { timeoutMs: 5_000, what: `round ${round} of the other sale in the ledger` },
    )
  }
})

test('a batch that waits at its fence keeps no other batch waiting', async (t) => {
  const sale = await testSale(t, { stock: 50 })
  const other = await createSale(sale.deps, salePlan({ stock: 50 }))
  assert.ok(other.kind === 'created')
  const recorded = (saleId: SaleId, units: number, what: string) =>
    until(async () => (await readLedgerStock(sale.db, saleId))?.units.length === units, {
      timeoutMs: 5_000,
      what,
    })
  await fill(sale, 1)
  start(t, sale)
  await recorded(sale.saleId, 1, 'a writer at work')
  const raising = await sale.db.pool.connect()
  try {
    await raising.query('begin')
    await raising.query('select from segments where sale_id = $1 for update', [sale.saleId])
    await fill(sale, 20)
    await until(
      async () => (await sale.redis.xpending(saleKeys(sale.at).stream, GROUP))[0] === 20,
      {
        timeoutMs: 5_000,
        what: 'a batch in hand',
      },
    )
    await sale.reserve([{ ...sale.attempt(), saleId: other.id }])
    await recorded(other.id, 1, 'the other sale in the ledger')
    assert.equal((await sale.inLedger()).units.length, 1)
  } finally {
    raising.release(true) // and with the connection its lock
  }
  await recorded(sale.saleId, 21, 'what had waited')
})

test('a restock counts once, sells new numbers, and reopens what was sold out (R19)', async (t) => {
  const sale = await testSale(t, { stock: 2 })
  await fill(sale, 3)
  await addUnits(sale.deps, sale.sale(), 3)
  await addUnits(sale.deps, sale.sale(), 1)
  assert.deepEqual((await sale.inRedis()).stock, 6)
  const results = await fill(sale, 5)
  assert.equal(results.filter(({ kind }) => kind === 'held').length, 4)
  assert.deepEqual([...(await sale.inRedis()).owners.keys()], [1, 2, 3, 4, 5, 6])
})

test('a withdrawal takes all of its units or none, and the ledger has them on record', async (t) => {
  const sale = await testSale(t, { stock: 10 })
  start(t, sale)
  await fill(sale, 3)
  assert.deepEqual(await takeOut(sale.deps, sale.sale(), 8), { kind: 'too-few', free: 7 })
  assert.deepEqual((await sale.inLedger()).withdrawn, [])
  assert.equal((await takeOut(sale.deps, sale.sale(), 5)).kind, 'withdrawn')
  assert.deepEqual((await sale.inLedger()).withdrawn, [{ first: 4, last: 8 }])
  const results = await fill(sale, 5)
  assert.equal(results.filter(({ kind }) => kind === 'held').length, 2)
})

test('a withdrawal of many returned units is one step, however many they are', async (t) => {
  const sale = await testSale(t, { stock: 7_000 })
  start(t, sale)
  const give =
    "for i = 1, 6000 do redis.call('RPUSH', KEYS[2], i) end redis.call('HSET', KEYS[1], 'last', 6000)"
  const { sale: hash, free } = saleKeys(sale.at)
  await sale.redis.eval(give, 2, hash, free)
  assert.equal((await takeOut(sale.deps, sale.sale(), 6_500)).kind, 'withdrawn')
  const units = (await sale.inLedger()).withdrawn.reduce((n, r) => n + r.last - r.first + 1, 0)
  assert.equal(units, 6_500)
})

test('closing withdraws what is left, and a closed sale neither reopens nor restocks', async (t) => {
  const sale = await testSale(t, { stock: 1_000 })
  start(t, sale)
  await fill(sale, 3)
  assert.deepEqual(await changePhase(sale.deps, sale.sale(), 'closed'), { kind: 'changed' })
  assert.deepEqual((await sale.inLedger()).withdrawn, [{ first: 4, last: 1_000 }])
  assert.deepEqual(await changePhase(sale.deps, sale.sale(), 'closed'), { kind: 'changed' })
  assert.deepEqual(await changePhase(sale.deps, sale.sale(), 'ready'), { kind: 'conflict' })
  assert.deepEqual(await addUnits(sale.deps, sale.sale(), 5), { kind: 'conflict' })
  assert.deepEqual(
    (await fill(sale, 1)).map(({ kind }) => kind),
    ['not-open'],
  )
})
