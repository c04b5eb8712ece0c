import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { raiseEpoch } from '../src/db/rebuild.ts'
import { fence } from '../src/db/segments.ts'
import type { HoldEntry } from '../src/domain/stock-entry.ts'
import { recordHolds } from '../src/ledger/record-holds.ts'
import { addUnits } from '../src/stock/change-sale.ts'
import { type TestSale, testSale } from './sale.ts'

const waiting = (sale: TestSale, count: number) =>
  until(
    async () => {
      const text = `select from pg_stat_activity
                    where datname = current_database() and wait_event_type = 'Lock'`
      return (await sale.db.query(text)).rowCount === count
    },
    { timeoutMs: 5_000, what: `${count} transactions that wait` },
  )

/** A transaction inside its fence, until it is told to end. */
async function insideFence(sale: TestSale) {
  const entered = Promise.withResolvers<void>()
  const told = Promise.withResolvers<void>()
  const ended = sale.db.tx(async (tx) => {
    await fence(tx, sale.at, 'share')
    entered.resolve()
    await told.promise
    const change = 'update segments set held_back = $2 where sale_id = $1'
    await tx.query(change, [sale.saleId, 'by the first'])
  })
  await Promise.race([entered.promise, ended])
  return { end: told.resolve, ended }
}

test('a writer that comes later does not pass a rebuild that waits to raise the epoch', async (t) => {
  const sale = await testSale(t)
  const first = await insideFence(sale)
  const raising = raiseEpoch(sale.db, sale.at, 1)
  await waiting(sale, 1)
  const later = sale.db.tx((tx) => fence(tx, sale.at, 'share'))
  await waiting(sale, 2)
  first.end()
  await first.ended
  assert.equal(await raising, 2)
  assert.equal((await later)?.epoch, 2)
})

test('nor a restock that waits for the segment', async (t) => {
  const sale = await testSale(t, { stock: 5 })
  const first = await insideFence(sale)
  const adding = addUnits(sale.deps, sale.sale(), 3)
  await waiting(sale, 1)
  const later = sale.db.tx((tx) => fence(tx, sale.at, 'share'))
  await waiting(sale, 2)
  first.end()
  await first.ended
  assert.equal((await later)?.stock, 8)
  assert.deepEqual(await adding, { kind: 'changed' })
})

test('a batch that has to hold its segment back lets go of it first', async (t) => {
  const sale = await testSale(t, { perBuyerLimit: 2 })
  const owner = await sale.hold()
  await recordHolds(sale.db, sale.at, [owner])
  const first = await insideFence(sale)
  const { orderId } = sale.attempt()
  const wrong: HoldEntry = { ...owner, orderId, buyerId: 'other' } // the unit is the owner's
  const second = recordHolds(sale.db, sale.at, [wrong])
  await waiting(sale, 1)
  const { rowCount } = await sale.db.query(
    `select from pg_locks join pg_database d on d.oid = database
     where datname = current_database() and locktype = 'advisory' and granted`,
  )
  assert.equal(rowCount, 1) // the first one's alone: two would wait for each other
  first.end()
  await first.ended
  assert.equal((await second).heldBack, 'unit-taken')
})
