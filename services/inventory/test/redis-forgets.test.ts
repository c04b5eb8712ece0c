import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { deadlineOf } from '@flashsale/contracts/order-id.ts'
import { connectRedis, whenReady } from '@flashsale/redis/connection.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { type OwnRedis, ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { startReturner } from '../src/jobs/return-units.ts'
import { startSegmentWatch } from '../src/jobs/watch-segments.ts'
import { startLedgerWriter } from '../src/ledger/writer.ts'
import { lookUpOrder } from '../src/stock/look-up-order.ts'
import { quiet, type TestSale, testSale } from './sale.ts'

/** Inventory's jobs, each stopped before the test's connections close. */
function start(t: TestContext, sale: TestSale) {
  const deps = { ...sale, log: quiet, writer: 'writer-0' }
  for (const job of [startLedgerWriter(deps), startSegmentWatch(deps), startReturner(deps)]) {
    t.after(job.stop)
  }
}
const sells = (sale: TestSale, buyer: string) =>
  until(
    async () => {
      const [result] = await sale.reserve([sale.attempt({ buyer })])
      return result?.kind === 'held'
    },
    { timeoutMs: 10_000, what: `${buyer} to be sold to` },
  )
const recorded = (sale: TestSale, orders: number) =>
  until(async () => (await sale.inLedger()).units.length === orders, {
    timeoutMs: 10_000,
    what: `${orders} units on record`,
  })

test('killed with its tail cut off, Redis loses a hold: the unit sells again, its buyer is told', async (t) => {
  const redis = await ownRedis(t)
  const sale = await testSale(t, { stock: 2, perBuyerLimit: 2 }, redis)
  const kept = await sale.hold({ buyer: 'ann', key: 'a' })
  await redis.remember()
  const lost = await sale.hold({ buyer: 'bob', deadlineMs: Date.now() + 1_000 })
  await redis.kill()
  await redis.loseTail()
  await redis.start()
  start(t, sale)

  await sells(sale, 'cid')
  await recorded(sale, 2)
  const { units, holds } = await sale.inLedger()
  assert.ok(units.some(({ orderId }) => orderId === kept.orderId))
  assert.ok(units.some((u) => u.buyerId === 'cid' && u.unit === lost.held[0]?.unit))
  assert.equal(holds.has(lost.orderId), false)
  const isFinal = async () => (await lookUpOrder(sale, lost.orderId)).kind === 'absent'
  await until(isFinal, { timeoutMs: 10_000, what: 'the final look-up' })
  assert.ok(Date.now() >= deadlineOf(lost.orderId))
})

test('killed with its tail cut off, Redis is ahead of nothing: what the ledger has stays sold', async (t) => {
  const redis = await ownRedis(t)
  const sale = await testSale(t, { stock: 2 }, redis)
  start(t, sale)
  await sale.hold({ buyer: 'ann', key: 'a' })
  await redis.remember()
  await sells(sale, 'bob')
  await recorded(sale, 2)
  await redis.kill()
  await redis.loseTail()
  await redis.start()
  await until(async () => sale.sale().epoch > 1, { timeoutMs: 10_000, what: 'the rebuild' })
  const said = async () => (await sale.reserve([sale.attempt({ buyer: 'cid' })]))[0]?.kind
  const isTold = async () => ((await said()) === 'unavailable' ? undefined : said())
  assert.equal(await until(isTold, { timeoutMs: 10_000, what: 'an answer' }), 'sold-out')
})

test('a promoted replica that lags is rebuilt before it sells anything', async (t) => {
  const first = await ownRedis(t)
  const replica = await ownRedis(t, { replicaOf: first })
  const sale = await testSale(t, { stock: 3 }, first)
  await sale.hold({ buyer: 'ann' })
  await caughtUp(replica, sale)
  replica.freeze()
  await sale.hold({ buyer: 'bob' }) // the replica never hears of it
  const { entries } = await sale.inRedis()
  const { recordEntries } = await import('../src/ledger/record-entries.ts')
  await recordEntries({ ...sale, log: quiet }, sale.at, entries)
  await first.kill()
  replica.thaw()

  const redis = connectRedis({ url: replica.url })
  const streams = connectRedis({ url: replica.url, blocking: true })
  t.after(() => [redis.disconnect(), streams.disconnect()])
  await Promise.all([whenReady(redis, 5_000), whenReady(streams, 5_000)])
  await redis.replicaof('NO', 'ONE')
  const promoted = { ...sale, redis, streams }
  start(t, promoted)
  const { reserveBatch } = await import('../src/stock/reserve-batch.ts')
  const buy = async (buyer: string) =>
    (await reserveBatch({ ...promoted, log: quiet }, [sale.attempt({ buyer })]))[0]?.kind
  const isSold = async () => (await buy('cid')) === 'held'
  await until(isSold, { timeoutMs: 10_000, what: 'the last unit to be sold' })
  assert.equal(await buy('dan'), 'sold-out')
  await recorded(sale, 3)
  const buyers = (await sale.inLedger()).units.map(({ buyerId }) => buyerId).sort()
  assert.deepEqual(buyers, ['ann', 'bob', 'cid'])
})

async function caughtUp(replica: OwnRedis, sale: TestSale) {
  const other = connectRedis({ url: replica.url })
  await whenReady(other, 5_000)
  const has = async () => (await other.exists(`sale:{${sale.saleId}:0}:e1:units`)) === 1
  await until(has, { timeoutMs: 10_000, what: 'the replica to follow' })
  other.disconnect()
}
