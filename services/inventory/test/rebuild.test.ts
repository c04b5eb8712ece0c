import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closeRedis, connectRedis, whenReady } from '@flashsale/redis/connection.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { releaseHolds } from '../src/db/returns.ts'
import { holdBack } from '../src/db/segments.ts'
import { watch } from '../src/jobs/watch-segments.ts'
import { saleKeys } from '../src/redis/sale-keys.ts'
import { takeOut } from '../src/stock/change-sale.ts'
import { assertNoDrift, forget, kinds, rebuild, record } from './rebuilding.ts'
import { quiet, testSale } from './sale.ts'

test('a rebuild restores everything: owners, slots, keys, free units, counter (R4)', async (t) => {
  const sale = await testSale(t, { stock: 10, perBuyerLimit: 2 })
  const ann = await sale.hold({ buyer: 'ann', key: 'a', quantity: 2 })
  const bob = await sale.hold({ buyer: 'bob', key: 'b' })
  const cid = await sale.hold({ buyer: 'cid' })
  await record(sale)
  await sale.db.tx((tx) => releaseHolds(tx, [bob.orderId])) // its unit is in the middle
  await forget(sale)
  await sale.redis.del(...Object.values(saleKeys(sale.at)).slice(1))
  assert.deepEqual(await rebuild(sale), { kind: 'rebuilt', epoch: 2 })

  const redis = await sale.inRedis()
  assert.deepEqual([redis.epoch, redis.last, redis.remembers], [2, 4, true])
  assert.deepEqual(
    [...redis.owners],
    [
      [1, ann.orderId],
      [2, ann.orderId],
      [4, cid.orderId],
    ],
  )
  assert.deepEqual(redis.free, [3])
  assert.deepEqual(redis.slots.get('ann:2'), '2')
  assert.deepEqual([...redis.orders].sort(), [ann, bob, cid].map((h) => h.orderId).sort())
  const again = await sale.reserve([
    sale.attempt({ buyer: 'ann', key: 'a', quantity: 2 }),
    sale.attempt({ buyer: 'ann' }), // both of her slots are taken (P3)
    sale.attempt({ buyer: 'bob', key: 'b' }), // ended, and still the same order (R8)
    sale.attempt({ buyer: 'dan', quantity: 2 }), // the free unit, then a new number
  ])
  assert.deepEqual(
    again.map(({ kind }) => kind),
    ['repeated', 'limit-reached', 'repeated', 'held'],
  )
  assert.deepEqual(
    (await sale.entries()).at(-1)?.held.map(({ unit }) => unit),
    [3, 5],
  )
  await assertNoDrift(sale)
})

test('withdrawn units stay out of a rebuilt sale, and a restock stays in', async (t) => {
  const sale = await testSale(t, { stock: 10 })
  await sale.hold()
  const taking = takeOut(sale.deps, sale.sale(), 3)
  await until(async () => (await sale.inRedis()).entries.length === 2, {
    timeoutMs: 5_000,
    what: 'the withdrawal in the stream',
  })
  await record(sale)
  assert.equal((await taking).kind, 'withdrawn')
  await sale.db.query('update segments set stock = 12, stock_version = 2')
  await forget(sale)
  await rebuild(sale)
  const redis = await sale.inRedis()
  assert.deepEqual([redis.last, redis.free, redis.stock], [4, [], 12])
  await assertNoDrift(sale)
})

test('holds still in the stream go on record before the fence is raised', async (t) => {
  const sale = await testSale(t, { stock: 5 })
  const waiting = await sale.hold({ buyer: 'ann', key: 'a' })
  await forget(sale)
  await rebuild(sale)
  assert.equal((await sale.inLedger()).holds.get(waiting.orderId)?.state, 'held')
  assert.deepEqual(await sale.events('stock.held'), [waiting.orderId])
  assert.deepEqual(await kinds(sale.reserve([sale.attempt({ buyer: 'ann', key: 'a' })])), [
    'repeated',
  ])
  await assertNoDrift(sale)
})

test('an attempt stamped before the rebuild takes nothing after it', async (t) => {
  const sale = await testSale(t, { stock: 5 })
  const early = sale.attempt()
  await forget(sale)
  await rebuild(sale)
  assert.deepEqual(await kinds(sale.reserve([early, sale.attempt()])), ['old-epoch', 'held'])
})

test('a segment held back for what the ledger refused is rebuilt and sells again (R5d)', async (t) => {
  const sale = await testSale(t, { stock: 2 })
  const ann = await sale.hold({ buyer: 'ann' })
  await record(sale)
  await sale.redis.rpush(saleKeys(sale.at).free, ann.held[0]?.unit ?? 0) // Redis is wrong
  await sale.hold({ buyer: 'bob' })
  await record(sale)
  await sale.register.refresh()
  assert.equal(sale.sale().heldBack, 'unit-taken')
  await watch({ ...sale, log: quiet }, sale.sale())
  assert.deepEqual(await kinds(sale.reserve([sale.attempt(), sale.attempt()])), [
    'held',
    'sold-out',
  ])
  await assertNoDrift(sale)
})

test('a ledger that is behind Redis is left to a person: nothing is sold, nothing rebuilt (R18)', async (t) => {
  const sale = await testSale(t)
  await forget(sale)
  await rebuild(sale)
  await sale.db.query('update segments set epoch = 1')
  await forget(sale)
  await sale.register.refresh()
  await watch({ ...sale, log: quiet }, sale.sale())
  assert.equal(sale.sale().heldBack, 'ledger-behind')
  await holdBack(sale.db, sale.at, 'unit-taken') // asks in vain
  assert.equal((await rebuild(sale)).kind, 'ledger-behind')
  assert.equal((await sale.inLedger()).epoch, 1)
  assert.deepEqual(await kinds(sale.reserve([sale.attempt()])), ['unavailable'])
})

test('keys of older epochs are gone after a rebuild', async (t) => {
  const sale = await testSale(t)
  await sale.hold({ key: 'k' })
  await forget(sale)
  await rebuild(sale)
  const other = connectRedis({ url: sale.url })
  t.after(() => closeRedis(other))
  await whenReady(other, 5_000)
  assert.deepEqual(await other.keys(`*${sale.saleId}*:e1:*`), [])
})
