import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { SaleId } from '@flashsale/contracts/ids.ts'
import { holdFence } from '@flashsale/locks/fence.ts'
import type { Lease } from '@flashsale/locks/lease.ts'
import { locksMigrations } from '@flashsale/locks/migrations.ts'
import { postgresLeases } from '@flashsale/locks/postgres-leases.ts'
import { migrate } from '@flashsale/service-kit/migrate.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { judgeSale, REDIS_AWAY } from '../src/audit/audit-sale.ts'
import { createReconciler } from '../src/jobs/reconcile.ts'
import { forgetEndedBooks } from '../src/jobs/tell-books.ts'
import { watch } from '../src/jobs/watch-segments.ts'
import { metrics } from '../src/metrics.ts'
import { saleKeys } from '../src/redis/sale-keys.ts'
import { record } from './rebuilding.ts'
import { quiet, type TestSale, testSale } from './sale.ts'

const nobody = {
  auditedOrders: async () => [],
  auditedPayments: async () => [],
  close: async () => {},
}

/** A reconciler whose every look comes at once, and its lease. */
async function testReconciler(t: TestContext, plan = {}) {
  const sale = await testSale(t, { stock: 5, ...plan })
  await migrate(sale.db, locksMigrations)
  const leases = postgresLeases(sale.db)
  const grant = async (holder: string): Promise<Lease> => {
    const lease = await leases.acquire('inventory-reconciler', { ttlMs: 60_000, holder })
    if (!lease) throw new Error('no lease')
    return lease
  }
  const faults: { faults: { name: string }[] }[] = []
  const log = { ...quiet, error: (facts: never) => void faults.push(facts) }
  const reading = { ...sale, readings: sale.redis, orders: nobody, payments: nobody }
  const books = { read: (id: SaleId) => judgeSale(reading as never, id) }
  const deps = { ...sale, books, log }
  const lease = await grant('me')
  const reconcile = createReconciler(deps)
  /** Until it has read the books once more. */
  const look = async (by = lease) => {
    const before = await readAt(sale)
    await until(
      async () => {
        await reconcile(new AbortController().signal, by)
        return (await readAt(sale)) !== before
      },
      { timeoutMs: 10_000, what: 'the next reading' },
    )
  }
  return { sale, look, grant, faults, deps, lease }
}
const gaugeOf = async (
  gauge: { get(): Promise<{ values: { labels: object; value: number }[] }> },
  sale: TestSale,
) =>
  (await gauge.get()).values.find(({ labels }) => 'sale' in labels && labels.sale === sale.saleId)
    ?.value
const unitsOf = async ({ saleId }: TestSale) => {
  const { values } = await metrics.units.get()
  const own = values.filter(({ labels }) => labels.sale === saleId)
  return Object.fromEntries(own.map(({ labels, value }) => [labels.state, value]))
}
const readAt = (sale: TestSale) => gaugeOf(metrics.reconciledAt, sale)
const heldBack = async (sale: TestSale) => {
  await sale.register.refresh()
  return sale.sale().heldBack
}
/** Redis loses a unit: nobody has it, and nobody gets it. */
const loseUnit = (sale: TestSale) => sale.redis.hincrby(saleKeys(sale.at).sale, 'last', 1)

test('drift seen twice is mended by a rebuild, and the gauge says 0 again (R10)', async (t) => {
  const { sale, look } = await testReconciler(t)
  await sale.hold()
  await record(sale)
  await look()
  assert.equal(await gaugeOf(metrics.drift, sale), 0)
  await loseUnit(sale)
  await look()
  assert.equal(await gaugeOf(metrics.drift, sale), 1)
  assert.equal(await heldBack(sale), null) // once is not enough
  await look()
  assert.equal(await heldBack(sale), 'drift')
  await watch({ ...sale, log: quiet }, sale.sale())
  await look()
  assert.equal(await gaugeOf(metrics.drift, sale), 0)
  assert.equal(sale.at.epoch, 2)
})

test('what is on its way is counted, and is no drift', async (t) => {
  const { sale, look } = await testReconciler(t)
  await sale.hold({ quantity: 1 })
  await look()
  await look()
  assert.equal(await gaugeOf(metrics.drift, sale), 0)
  assert.equal(await gaugeOf(metrics.inFlight, sale), 1)
  assert.equal(await heldBack(sale), null)
})

test('a sale tells its units and its stream while it runs, and nothing once it is over', async (t) => {
  const { sale, look } = await testReconciler(t)
  await sale.hold({ quantity: 1 })
  await look()
  assert.equal(await gaugeOf(metrics.streamLength, sale), 1)
  await record(sale)
  await look()
  assert.equal(await gaugeOf(metrics.streamLength, sale), 0)
  assert.deepEqual(await unitsOf(sale), { available: 4, held: 1, sold: 0, withdrawn: 0 })

  forgetEndedBooks(sale.register)
  assert.equal(await gaugeOf(metrics.drift, sale), 0)
  forgetEndedBooks({ active: () => [] })
  const { drift, inFlight, streamLength, reconciledAt } = metrics
  for (const gauge of [drift, inFlight, streamLength, reconciledAt]) {
    assert.equal(await gaugeOf(gauge, sale), undefined)
  }
  assert.deepEqual(await unitsOf(sale), {})
})

test('drift of other units each time is not seen twice', async (t) => {
  const { sale, look } = await testReconciler(t)
  await loseUnit(sale)
  await look()
  await sale.redis.hset(saleKeys(sale.at).sale, 'last', 0)
  await look()
  await loseUnit(sale)
  await look()
  assert.equal(await heldBack(sale), null)
})

test('the reconciler itself changes no stock, in Redis or in the ledger', async (t) => {
  const { sale, look } = await testReconciler(t)
  await sale.hold()
  await record(sale)
  await loseUnit(sale)
  const before = [await sale.inRedis(), await sale.inLedger()]
  await look()
  await look()
  assert.deepEqual([await sale.inRedis(), await sale.inLedger()], before)
})

test('a reconciler that was stopped past its lease asks for no rebuild', async (t) => {
  const { sale, look, grant } = await testReconciler(t)
  const stopped = await grant('me')
  await loseUnit(sale)
  await look(stopped)
  const successor = await grant('me') // the same instance, started again
  await sale.db.tx((tx) => holdFence(tx, successor))
  await look(stopped) // it sees the drift again, and its wish is refused
  assert.equal(await heldBack(sale), null)
})

test('what no rebuild can mend is told by name', async (t) => {
  const { sale, look, faults } = await testReconciler(t, { perBuyerLimit: 2 })
  await sale.hold({ buyer: 'ann', quantity: 2 })
  await record(sale)
  await sale.db.query('update sales set per_buyer_limit = 1')
  await look()
  assert.deepEqual(
    faults.at(-1)?.faults.map(({ name }) => name),
    ['buyer-over-limit'],
  )
  const told = (await metrics.bookFaults.get()).values.find(
    ({ labels }) => labels.sale === sale.saleId && labels.fault === 'buyer-over-limit',
  )
  assert.equal(told?.value, 1)
})

test('a reconciler that does not reach Redis gives its lease to another one', async (t) => {
  const { deps, lease } = await testReconciler(t)
  const read = async (what: string) => {
    const books = { read: async () => ({ kind: 'unavailable', what }) as const }
    await createReconciler({ ...deps, books })(new AbortController().signal, lease)
  }
  await assert.rejects(read(REDIS_AWAY), /another instance may reach it/)
  await read('order does not answer') // nor does it answer the others
})
