import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Audit } from '@flashsale/contracts/http/audit.ts'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import { Pool } from 'pg'
import { checkBooks, checkLedger } from '../../src/bench/books.ts'
import { type Plan, sections } from '../../src/bench/plan.ts'
import { runBench } from '../../src/bench/run-bench.ts'
import { page } from '../../src/bench/tables.ts'
import { ThrownAway } from '../../src/bench/thrown-away.ts'
import { commit, machine } from '../../src/machine.ts'
import { temporaryFolder } from '../fake-part.ts'

const tiny: Plan = {
  rounds: 1,
  warmUpMs: 200,
  spanMs: 600, // in 200 ms W once answered nothing, on a machine that was busy
  connections: 8,
  crowd: 1_000,
  buyersPerSecond: 2_000,
  latency: { rounds: 1, spanMs: 300, connections: 16, shares: [0.3] },
  ledger: { rounds: 1, holds: 300 },
  road: { rounds: 1, orders: 200, steadyMs: 400 },
  peak: { spanMs: 1_000 },
  growth: { buyers: [100, 400], sample: 100 },
  traces: { rounds: 1, spanMs: 300 },
}

test('the whole benchmark, tiny: every variant is answered as it should be, and every part has figures', async (t) => {
  const stateDir = join(temporaryFolder(t), 'bench')
  const all = sections.filter((section) => section !== 'traces') // three gateways more are its own test's
  const measured = await runBench({ stateDir, plan: tiny, sections: all, external: {} })
  const { hot, latency, ledger, road, peak, growth } = measured
  assert.ok(hot && latency && ledger && road && peak && growth)
  assert.equal(hot.figures.length, 17)
  for (const { name, perSecond, cpuUs, others } of hot.figures) {
    assert.ok(perSecond.median > 0 && cpuUs.median > 0, name)
    if (name !== 'over the rate limit') assert.deepEqual(others, {}, name)
  }
  assert.equal(latency.length, 3)
  assert.ok(ledger.ofCopy.median > 0 && road.steady.count > 0 && peak.samples.length > 0)
  assert.deepEqual(
    growth.map(({ buyers }) => buyers),
    [100, 400, 100],
  )
  const about = { commit: commit(), machine: machine(), date: new Date().toISOString() }
  const text = page({ ...about, command: './dev bench', quick: true, tookMs: 1, ...measured })
  for (const word of ['W: accepted', '× F0', 'COPY', 'the whole road', 'a peak', '400']) {
    assert.ok(text.includes(word), word)
  }
})

test('a run with an accepted order that has no hold, or with a hold that nobody was told of, is thrown away', async (t) => {
  const { books, saleId, addHold } = await ownBooks(t)
  const [first, second, refused] = [randomUUID(), randomUUID(), randomUUID()]
  for (const id of [first, second]) await addHold(id, 'held')
  await addHold(refused, 'refused')
  const check = (accepted: string[], unconfirmed: string[] = []) =>
    checkLedger(books, saleId, { accepted, unconfirmed }, 200)

  assert.equal(await check([first, second]), 2)
  assert.equal(await check([first], [second, randomUUID()]), 2)
  await assert.rejects(check([first, second, refused]), ThrownAway)
  await assert.rejects(check([first, second, randomUUID(), randomUUID()]), ThrownAway)
  await assert.rejects(check([first]), ThrownAway)
  await assert.rejects(check([first, first, second]), ThrownAway)
})

test('a run whose audit is not exact is thrown away; one that can not be read now is read again', async (t) => {
  const { books, saleId, addHold } = await ownBooks(t)
  const id = randomUUID()
  await addHold(id, 'held')
  await books.orders.query('insert into orders values ($1)', [saleId])
  const check = (...audits: ({ exact: boolean } | undefined)[]) => {
    const desk = { audit: async () => audits.shift() as Audit | undefined }
    return checkBooks({ ...books, desk }, saleId, { accepted: [id], unconfirmed: [] })
  }
  await check(undefined, undefined, { exact: true })
  await assert.rejects(check(undefined, { exact: false }, { exact: true }), ThrownAway)
})

async function ownBooks(t: TestContext) {
  const pool = new Pool({ connectionString: await testDatabase(t, { name: 'books' }) })
  pool.on('error', () => {}) // its database is gone before it
  t.after(() => pool.end())
  await pool.query('create table holds (order_id uuid, sale_id uuid, state text)')
  await pool.query('create table orders (sale_id uuid)')
  const saleId = randomUUID()
  const addHold = (id: string, state: string) =>
    pool.query('insert into holds values ($1, $2, $3)', [id, saleId, state])
  return { books: { ledger: pool, orders: pool }, saleId, addHold }
}
