import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { STREAM_ENTRIES_MAX } from '../src/redis/reserve.ts'
import { returnUnits } from '../src/redis/return-units.ts'
import { saleKeys } from '../src/redis/sale-keys.ts'
import { changePhase } from '../src/stock/change-sale.ts'
import { testSale } from './sale.ts'

const kinds = (results: { kind: string }[]) => results.map(({ kind }) => kind)

test('a batch gives every attempt its own answer, in order of arrival', async (t) => {
  const { reserve, attempt } = await testSale(t, { stock: 4, perBuyerLimit: 2 })
  const first = attempt({ buyer: 'A', key: 'k1' })
  const results = await reserve([
    first,
    attempt({ buyer: 'A', key: 'k1' }),
    attempt({ buyer: 'A', key: 'k1', fingerprint: 'other' }),
    first, // a copy of the attempt itself
    attempt({ buyer: 'B', quantity: 2 }),
    attempt({ buyer: 'B' }),
    attempt({ buyer: 'C', deadlineMs: Date.now() - 60_000 }),
    attempt({ buyer: 'C', epoch: 7 }),
    attempt({ buyer: 'D', quantity: 2 }),
    attempt({ buyer: 'E', quantity: 1 }),
    attempt({ buyer: 'F', quantity: 1 }),
  ])
  const b = results[4]
  assert.deepEqual(results[0], { kind: 'held', orderId: first.orderId })
  assert.deepEqual(results[1], { kind: 'repeated', orderId: first.orderId })
  assert.deepEqual(results[3], { kind: 'held', orderId: first.orderId })
  assert.ok(b?.kind === 'held')
  assert.deepEqual(results[5], { kind: 'limit-reached', orderIds: [b.orderId] })
  assert.deepEqual(kinds(results), [
    'held',
    'repeated',
    'idempotency-mismatch',
    'held',
    'held',
    'limit-reached',
    'late',
    'old-epoch',
    'sold-out', // one unit is left and two are wanted: none is taken
    'held',
    'sold-out',
  ])
})

test('units, slots, key, order and entry are taken in one step, and a refusal takes nothing', async (t) => {
  const { reserve, attempt, inRedis } = await testSale(t, { stock: 2, perBuyerLimit: 2 })
  const won = attempt({ buyer: 'A:1', key: 'k:1', quantity: 2 })
  await reserve([won])
  const before = await inRedis()
  assert.deepEqual(
    [...before.owners],
    [
      [1, won.orderId],
      [2, won.orderId],
    ],
  )
  assert.deepEqual(
    [...before.slots],
    [
      ['A:1:1', '1'],
      ['A:1:2', '2'],
    ],
  )
  assert.deepEqual([...before.keys], [['3:A:1:k:1', `${won.orderId}:f`]])
  assert.deepEqual([...before.orders], [won.orderId])
  assert.equal(before.entries.length, 1)

  await reserve([attempt({ key: 'x' }), attempt({ buyer: 'A:1' }), attempt({ epoch: 2 })])
  assert.deepEqual(await inRedis(), before)
})

test('a sale that is not open yet, is over, or is paused gives nothing', async (t) => {
  const soon = new Date(Date.now() + 60_000).toISOString()
  const later = new Date(Date.now() + 120_000).toISOString()
  const early = await testSale(t, { opensAt: soon, closesAt: later })
  assert.deepEqual(kinds(await early.reserve([early.attempt()])), ['not-open'])

  const past = new Date(Date.now() - 60_000).toISOString()
  const over = await testSale(t, { closesAt: past })
  assert.deepEqual(kinds(await over.reserve([over.attempt()])), ['not-open'])

  const paused = await testSale(t)
  const won = paused.attempt({ buyer: 'A', key: 'k' })
  await paused.reserve([won])
  await changePhase(paused.deps, paused.sale(), 'paused')
  const results = await paused.reserve([paused.attempt(), paused.attempt({ buyer: 'A', key: 'k' })])
  assert.deepEqual(kinds(results), ['not-open', 'repeated'])
  await changePhase(paused.deps, paused.sale(), 'ready')
  assert.deepEqual(kinds(await paused.reserve([paused.attempt()])), ['held'])
})

test('a winner who retries after sold out gets his order, and a key outlives its hold', async (t) => {
  const { reserve, attempt, hold, at, redis } = await testSale(t, { stock: 1 })
  const won = await hold({ buyer: 'A', key: 'k' })
  const again = [attempt({ buyer: 'A', key: 'k' })]
  assert.deepEqual(await reserve(again), [{ kind: 'repeated', orderId: won.orderId }])

  await returnUnits(redis, { ...at, ...won })
  const copy = attempt({ buyer: 'A', orderId: won.orderId })
  assert.deepEqual(kinds(await reserve([...again, copy])), ['repeated', 'held']) // R8: no new unit
  assert.deepEqual(kinds(await reserve([attempt()])), ['held']) // it was there for another buyer
})

test('a full stream closes the sale until the ledger has caught up', async (t) => {
  const { reserve, attempt, redis, at } = await testSale(t)
  const fill = `for i = 1, ${STREAM_ENTRIES_MAX} do redis.call('XADD', KEYS[1], '*', 'a', '1') end`
  await redis.eval(fill, 1, saleKeys(at).stream)
  assert.deepEqual(kinds(await reserve([attempt()])), ['unavailable'])
  await redis.del(saleKeys(at).stream)
  assert.deepEqual(kinds(await reserve([attempt()])), ['held'])
})

test('two thousand buyers of a hundred units get exactly a hundred, each its own', async (t) => {
  const { reserve, attempt, inRedis } = await testSale(t, { stock: 100 })
  const attempts = Array.from({ length: 2_000 }, () => attempt())
  const batches = Array.from({ length: 40 }, (_, i) => attempts.slice(50 * i, 50 * i + 50))
  const results = (await Promise.all(batches.map(reserve))).flat()

  assert.equal(results.filter(({ kind }) => kind === 'held').length, 100)
  assert.equal(results.filter(({ kind }) => kind === 'sold-out').length, 1_900)
  const { owners } = await inRedis()
  assert.equal(owners.size, 100)
  assert.equal(new Set(owners.values()).size, 100)
})

test('whatever is bought and returned, a unit is free or owned, never both, never twice', async (t) => {
  const shared = await testSale(t, { stock: 6, perBuyerLimit: 3 })
  const buyers = ['A', 'B', 'C', 'D']
  const step = fc.oneof(
    fc.record({ buy: fc.constantFrom(...buyers), quantity: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ giveBack: fc.nat({ max: 20 }), times: fc.integer({ min: 1, max: 2 }) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { reserve, attempt, inRedis, entries, redis, at } = shared
      await redis.del(...Object.values(saleKeys(at)).slice(1))
      await redis.hset(saleKeys(at).sale, 'last', 0)
      for (const one of steps) {
        if ('buy' in one) await reserve([attempt({ buyer: one.buy, quantity: one.quantity })])
        else {
          const all = await entries()
          const entry = all[one.giveBack % Math.max(1, all.length)]
          if (!entry) continue
          for (let n = 0; n < one.times; n++) await returnUnits(redis, { ...at, ...entry })
        }
      }
      const { owners, free, last, slots } = await inRedis()
      const places = [...owners.keys(), ...free].sort((a, b) => a - b)
      assert.deepEqual(
        places,
        Array.from({ length: last }, (_, i) => i + 1),
      )
      assert.equal(slots.size, owners.size)
    }),
    { numRuns: 60 },
  )
})
