import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { releaseHolds } from '../src/db/returns.ts'
import { addStock, moveSale } from '../src/db/sales.ts'
import { startSaleKeeper } from '../src/jobs/keep-sales.ts'
import { startReturner } from '../src/jobs/return-units.ts'
import { startLedgerWriter } from '../src/ledger/writer.ts'
import { saleKeys } from '../src/redis/sale-keys.ts'
import { createSale, tellPhase, tellStock } from '../src/stock/change-sale.ts'
import { quiet, salePlan, type TestSale, testInventory, testSale } from './sale.ts'

function startJobs(t: TestContext, sale: TestSale) {
  const deps = { ...sale, log: quiet, writer: 'writer-0' }
  for (const start of [startLedgerWriter, startReturner, startSaleKeeper]) {
    t.after(start(deps).stop)
  }
}
const becomes = (what: string, check: () => Promise<boolean>) =>
  until(check, { timeoutMs: 15_000, what })

test('a sale closes at its time, and what is left is withdrawn', { timeout: 30_000 }, async (t) => {
  const closesAt = new Date(Date.now() + 5_000).toISOString()
  const sale = await testSale(t, { stock: 100, closesAt })
  startJobs(t, sale)
  const { orderId } = await sale.hold()
  await becomes('closed', async () => sale.register.get(sale.saleId)?.phase === 'closed')
  await becomes('withdrawn', async () => (await sale.inLedger()).withdrawn.length > 0)
  assert.deepEqual((await sale.inLedger()).withdrawn, [{ first: 2, last: 100 }])

  // What comes back later is withdrawn too, and only then is the sale settled.
  assert.equal(sale.register.get(sale.saleId)?.settled, false)
  await sale.db.tx((tx) => releaseHolds(tx, [orderId]))
  await becomes('settled', async () => sale.register.get(sale.saleId)?.settled === true)
  const { withdrawn, units, returns } = await sale.inLedger()
  assert.deepEqual([units, returns], [[], []])
  assert.equal(
    withdrawn.reduce((sum, { first, last }) => sum + last - first + 1, 0),
    100,
  )
})

test('what the ledger decided and Redis was not told, it is told later', async (t) => {
  const sale = await testSale(t, { stock: 5 })
  await addStock(sale.db, sale.saleId, 3, 100) // and killed before the script (R19)
  await moveSale(sale.db, sale.saleId, ['ready'], 'paused')
  startJobs(t, sale)
  await becomes('restocked', async () => (await sale.inRedis()).stock === 8)
  const phase = () => sale.redis.hget(saleKeys(sale.at).sale, 'phase')
  await becomes('paused', async () => (await phase()) === 'paused')
})

test('an older decision never undoes a newer one in Redis', async (t) => {
  const sale = await testSale(t)
  const hash = saleKeys(sale.at).sale
  await sale.redis.hset(hash, 'phase', 'paused', 'phase_version', 9)
  await sale.redis.hset(hash, 'stock', 50, 'stock_version', 9)
  const told = [await tellPhase(sale.deps, sale.sale()), await tellStock(sale.deps, sale.sale())]
  assert.deepEqual(told, [{ kind: 'known' }, { kind: 'known' }])
  assert.deepEqual(await sale.redis.hmget(hash, 'phase', 'stock'), ['paused', '50'])
})

test('a sale whose stock can not be loaded stays draft and sells nothing', async (t) => {
  const { deps, register } = await testInventory(t)
  const redis = Object.create(deps.redis, {
    evalsha: { value: () => Promise.reject(new Error('connection lost')) },
  })
  assert.deepEqual(await createSale({ ...deps, redis }, salePlan()), { kind: 'unavailable' })
  await register.refresh()
  const [draft] = register.all()
  assert.equal(draft?.phase, 'draft')
  assert.deepEqual(register.active(), [])
})
