import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { rebuildSegment } from '../src/rebuild/rebuild-segment.ts'
import { saleKeys } from '../src/redis/sale-keys.ts'
import { addUnits, changePhase } from '../src/stock/change-sale.ts'
import { at, forget, kinds, rebuild, record } from './rebuilding.ts'
import { quiet, testSale } from './sale.ts'

test('a server that was emptied while it was filled is not switched to', async (t) => {
  const sale = await testSale(t, { perBuyerLimit: 2 })
  await sale.hold({ buyer: 'ann', key: 'a' })
  await record(sale)
  await forget(sale)
  const empty = async () => {
    const keys = [saleKeys(sale.at), saleKeys({ ...sale.at, epoch: 2 })].flatMap(Object.values)
    await sale.redis.del(...keys)
  }
  assert.equal((await rebuild(sale, at('staged', empty))).kind, 'other-server')
  assert.equal((await rebuild(sale)).kind, 'rebuilt')
  const again = sale.attempt({ buyer: 'ann', key: 'a' })
  assert.deepEqual(await kinds(sale.reserve([again])), ['repeated'])
})

test('a rebuilder that stands still does not keep the others from it', {
  timeout: 30_000,
}, async (t) => {
  const sale = await testSale(t)
  await forget(sale)
  const stopped = await sale.db.pool.connect()
  try {
    await stopped.query('set idle_session_timeout = 2000') // as one that was stopped behind its lock
    const text = 'select pg_advisory_lock(hashtextextended($1, $2))'
    await stopped.query(text, [`rebuild ${sale.saleId}`, 0])
    assert.equal((await rebuild(sale)).kind, 'busy')
    const rebuilt = async () => (await rebuild(sale)).kind === 'rebuilt'
    await until(rebuilt, { timeoutMs: 5_000, what: 'the lock to be free' })
  } finally {
    stopped.release(true)
  }
})

test('a rebuild that takes its time keeps its lock', { timeout: 30_000 }, async (t) => {
  const sale = await testSale(t)
  await forget(sale)
  const others: string[] = []
  const ask = async () => {
    const startedAt = performance.now()
    while (performance.now() - startedAt < 4_000) {
      others.push((await rebuildSegment({ ...sale, log: quiet }, sale.at)).kind)
    }
  }
  assert.equal((await rebuild(sale, at('staged', ask))).kind, 'rebuilt')
  assert.deepEqual(new Set(others), new Set(['busy']))
})

test('who gets the lock after a rebuild finds the sale well and leaves it alone', async (t) => {
  const sale = await testSale(t)
  const before = sale.at
  await forget(sale)
  await rebuild(sale)
  const later = async () => (await rebuildSegment({ ...sale, log: quiet }, before)).kind
  for (let time = 0; time < 50; time++) assert.equal(await later(), 'superseded') // its lock is free
  assert.deepEqual(await kinds(sale.reserve([sale.attempt()])), ['held'])
})

test('what was decided during a rebuild holds in the rebuilt Redis: a pause, a restock', async (t) => {
  const sale = await testSale(t, { stock: 1 })
  await forget(sale)
  const decide = async () => {
    await addUnits(sale.deps, sale.sale(), 1)
    await changePhase(sale.deps, sale.sale(), 'paused')
  }
  await rebuild(sale, at('staged', decide))
  assert.equal((await sale.inRedis()).stock, 2)
  assert.deepEqual(await kinds(sale.reserve([sale.attempt({ key: 'k' })])), ['not-open'])
})
