import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { postgresLeases } from '@flashsale/locks/postgres-leases.ts'
import { createDb, type Db } from '@flashsale/service-kit/db.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { releaseHolds } from '../src/db/returns.ts'
import { addStock } from '../src/db/sales.ts'
import { startSaleKeeper } from '../src/jobs/keep-sales.ts'
import { startReturner } from '../src/jobs/return-units.ts'
import { recordHolds } from '../src/ledger/record-holds.ts'
import { createSaleRegister } from '../src/stock/sale-register.ts'
import { quiet, type TestSale, testSale } from './sale.ts'

const timeout = 60_000
const TTL_MS = 3_000
const WORKS = ['read-open-returns', 'close-ended-sales'] // the first statement of a run of each job

/** Jobs of several instances, each with its own connections, and which of them ran. */
function instances(t: TestContext, { databaseUrl, redis }: TestSale) {
  const runs: string[] = []
  const start = (holder: string) => {
    const own = createDb(databaseUrl, { max: 4 })
    const query: Db['query'] = (statement, values) => {
      const name = typeof statement === 'object' ? (statement.name ?? '') : ''
      if (WORKS.includes(name)) runs.push(`${holder} ${name}`)
      return own.query(statement, values)
    }
    const db = { ...own, query }
    const register = createSaleRegister(own)
    const deps = { db, redis, register, leases: postgresLeases(own), holder, log: quiet }
    const jobs = [startReturner(deps), startSaleKeeper(deps)]
    const stop = () => Promise.all(jobs.map((job) => job.stop()))
    t.after(async () => {
      await stop()
      await own.close()
    })
    return { stop }
  }
  const works = (holder: string, times = 1) => {
    const from = runs.length
    const count = (work: string) =>
      runs.slice(from).filter((run) => run === `${holder} ${work}`).length
    const what = `${holder} to work`
    return until(() => WORKS.every((work) => count(work) >= times), { timeoutMs: 30_000, what })
  }
  return { runs, start, works }
}

test('of two instances one keeps and returns, and when it stops the other goes on', {
  timeout,
}, async (t) => {
  const { runs, start, works } = instances(t, await testSale(t))
  const first = start('inventory-0')
  await works('inventory-0')
  start('inventory-1')
  await works('inventory-0', 10)
  assert.deepEqual(new Set(runs), new Set(WORKS.map((work) => `inventory-0 ${work}`)))

  await first.stop()
  const atMs = performance.now()
  await works('inventory-1')
  assert.ok(performance.now() - atMs < TTL_MS, 'the leases were released')
})

test('after an instance was killed another goes on within its lease’s time', {
  timeout,
}, async (t) => {
  const sale = await testSale(t, { stock: 2 })
  const { start } = instances(t, sale)
  const entry = await sale.hold()
  await recordHolds(sale.db, sale.at, [entry])
  await sale.db.tx((tx) => releaseHolds(tx, [entry.orderId]))
  await addStock(sale.db, sale.saleId, 3, 100) // and killed before Redis was told
  for (const lease of ['return-units', 'keep-sales']) {
    assert.ok(await sale.leases.acquire(lease, { ttlMs: TTL_MS, holder: 'inventory-0' }))
  }
  const atMs = performance.now()
  start('inventory-1')
  start('inventory-2')
  const done = async () => {
    const { free, stock } = await sale.inRedis()
    return free.length === 1 && stock === 5
  }
  await until(done, { timeoutMs: 30_000, what: 'the units that came back and the new ones' })
  const tookMs = performance.now() - atMs
  assert.ok(tookMs > TTL_MS / 2 && tookMs < TTL_MS + 5_000, `${tookMs} ms`)
})

test('two instances that both believe to be the one return each unit once', {
  timeout,
}, async (t) => {
  const sale = await testSale(t, { stock: 20, perBuyerLimit: 2 })
  const entries = await Promise.all(Array.from({ length: 10 }, () => sale.hold({ quantity: 2 })))
  await recordHolds(sale.db, sale.at, entries)
  await sale.db.tx((tx) =>
    releaseHolds(
      tx,
      entries.map(({ orderId }) => orderId),
    ),
  )
  for (const part of ['0', '1', '2']) {
    const leases = {
      acquire: (name: string, options: { ttlMs: number; holder: string }) =>
        sale.leases.acquire(`${name} of ${part}`, options),
    }
    t.after(startReturner({ ...sale, leases, log: quiet }).stop)
  }
  const atRest = async () => (await sale.inLedger()).returns.length === 0
  await until(atRest, { timeoutMs: 15_000, what: 'all returns' })
  const { free, owners } = await sale.inRedis()
  assert.deepEqual([free.length, new Set(free).size, owners.size], [20, 20, 0])
})
