import assert from 'node:assert/strict'
import { test } from 'node:test'
import { barHolds, releaseHolds } from '../src/db/returns.ts'
import type { HoldEntry } from '../src/domain/stock-entry.ts'
import { recordHolds } from '../src/ledger/record-holds.ts'
import { type TestSale, testSale } from './sale.ts'

const record = (sale: TestSale, ...entries: HoldEntry[]) => recordHolds(sale.db, sale.at, entries)

/** As an entry of a Redis that forgot: the order is new, what it took is not. */
const taking = (sale: TestSale, held: HoldEntry['held'], buyerId = 'other'): HoldEntry => ({
  kind: 'hold',
  id: `${Date.now()}-0`,
  epoch: 1,
  orderId: sale.attempt().orderId,
  buyerId,
  key: '',
  fingerprint: 'f',
  held,
})

test('a hold, its units and its event are one commit, and a second copy changes nothing', async (t) => {
  const sale = await testSale(t, { perBuyerLimit: 2 })
  const entry = await sale.hold({ buyer: 'A', key: 'k', quantity: 2 })
  assert.deepEqual(await record(sale, entry), { held: 1, repeated: 0, refused: 0 })
  const first = await sale.inLedger()
  assert.deepEqual(await record(sale, entry, entry), { held: 0, repeated: 2, refused: 0 })

  assert.deepEqual(await sale.inLedger(), first)
  assert.deepEqual(
    first.units.map(({ unit, slot }) => [unit, slot]),
    [
      [1, 1],
      [2, 2],
    ],
  )
  assert.deepEqual(first.holds.get(entry.orderId)?.state, 'held')
  assert.deepEqual(await sale.events('stock.held'), [entry.orderId])
})

test('the same entry twice in one batch is one hold', async (t) => {
  const sale = await testSale(t)
  const entry = await sale.hold()
  assert.deepEqual(await record(sale, entry, entry), { held: 1, repeated: 1, refused: 0 })
  assert.equal((await sale.inLedger()).units.length, 1)
})

test('a unit that is live under another order is refused, never given back, and holds the sale', async (t) => {
  const sale = await testSale(t, { perBuyerLimit: 2 })
  const owner = await sale.hold()
  await record(sale, owner)
  const second = taking(sale, [{ unit: 1, slot: 1 }])
  assert.deepEqual(await record(sale, second), {
    held: 0,
    repeated: 0,
    refused: 1,
    heldBack: 'unit-taken',
  })
  const { holds, units, returns } = await sale.inLedger()
  assert.equal(holds.get(second.orderId)?.state, 'refused')
  assert.deepEqual(
    units.map(({ orderId }) => orderId),
    [owner.orderId],
  )
  assert.deepEqual(returns, [])
  assert.deepEqual(await sale.events('stock.not-recorded'), [second.orderId])

  await sale.register.refresh()
  assert.deepEqual(await sale.reserve([sale.attempt()]), [{ kind: 'unavailable' }])
})

test('a slot that is live under another order is refused, and its unit goes back (R5d)', async (t) => {
  const sale = await testSale(t)
  await record(sale, await sale.hold({ buyer: 'A' }))
  const second = taking(sale, [{ unit: 2, slot: 1 }], 'A')
  assert.deepEqual(await record(sale, second), { held: 0, repeated: 0, refused: 1 })
  const { returns } = await sale.inLedger()
  assert.deepEqual(returns, [{ orderId: second.orderId, unit: 2 }])
  assert.deepEqual(await sale.events('stock.not-recorded'), [second.orderId])
})

test('one unit short, the whole order is refused in the same commit (R13)', async (t) => {
  const sale = await testSale(t, { perBuyerLimit: 3 })
  await record(sale, await sale.hold())
  const partly = taking(
    sale,
    [1, 2, 3].map((unit, i) => ({ unit, slot: i + 1 })),
  )
  const { orderId } = await sale.hold() // unit 2, its neighbour in the batch
  const neighbour = taking(sale, [{ unit: 4, slot: 1 }], 'N')
  const counts = await record(sale, partly, neighbour)
  assert.deepEqual([counts.held, counts.refused], [1, 1])
  const { units } = await sale.inLedger()
  assert.equal(
    units.some((unit) => unit.orderId === partly.orderId),
    false,
  )
  assert.equal(
    units.some((unit) => unit.orderId === neighbour.orderId),
    true,
  )
  assert.ok(orderId)
})

test('a refusal stays a refusal: the same entry later, with its unit free, holds nothing', async (t) => {
  const sale = await testSale(t, { perBuyerLimit: 2 })
  const owner = await sale.hold()
  await record(sale, owner)
  const second = taking(sale, [{ unit: 1, slot: 1 }])
  await record(sale, second)
  await sale.db.tx((tx) => releaseHolds(tx, [owner.orderId]))
  await record(sale, second)
  assert.deepEqual((await sale.inLedger()).units, [])
  assert.deepEqual(await sale.events('stock.held'), [owner.orderId])
})

test('a known order with other units gets those returned, and keeps its own', async (t) => {
  const sale = await testSale(t)
  const entry = await sale.hold()
  await record(sale, entry)
  await record(sale, { ...entry, held: [{ unit: 5, slot: 1 }] })
  const { units, returns } = await sale.inLedger()
  assert.deepEqual(
    units.map(({ unit }) => unit),
    [1],
  )
  assert.deepEqual(returns, [{ orderId: entry.orderId, unit: 5 }])
})

test('an order that ended before its hold was seen gets no hold; the units go back (R5, R11)', async (t) => {
  const sale = await testSale(t)
  const entry = await sale.hold()
  await sale.db.tx((tx) => barHolds(tx, [{ orderId: entry.orderId, saleId: sale.saleId }]))
  await record(sale, entry)
  const { units, returns } = await sale.inLedger()
  assert.deepEqual(units, [])
  assert.deepEqual(returns, [{ orderId: entry.orderId, unit: 1 }])
  assert.deepEqual(await sale.events('stock.held'), [])
})

test('an order id that another buyer uses is a fault: the sale is held back', async (t) => {
  const sale = await testSale(t)
  const entry = await sale.hold({ buyer: 'A' })
  await record(sale, entry)
  const { heldBack } = await record(sale, { ...entry, buyerId: 'B', held: [{ unit: 9, slot: 1 }] })
  assert.equal(heldBack, 'order-of-another-buyer')
  assert.deepEqual((await sale.inLedger()).returns, [])
})

test('units beyond the stock, or withdrawn, are refused', async (t) => {
  const sale = await testSale(t, { stock: 5 })
  await sale.db.query(
    `insert into withdrawals (sale_id, segment, first_unit, last_unit, operation, at)
     values ($1, 0, 3, 4, gen_random_uuid(), now())`,
    [sale.saleId],
  )
  const entries = [3, 4, 6].map((unit, i) => taking(sale, [{ unit, slot: 1 }], `B${i}`))
  const { refused, held } = await record(sale, ...entries)
  assert.deepEqual([refused, held], [3, 0])
})

test('R2: an entry of an older epoch is refused on record, with no return', async (t) => {
  const sale = await testSale(t)
  const entry = await sale.hold()
  await sale.db.query('update segments set epoch = 2')
  assert.deepEqual(await record(sale, entry), { held: 0, repeated: 0, refused: 1 })
  const { units, returns, holds } = await sale.inLedger()
  assert.deepEqual([units, returns], [[], []])
  assert.equal(holds.get(entry.orderId)?.state, 'refused')
  assert.deepEqual(await sale.events('stock.not-recorded'), [entry.orderId])
})

test('R2: while a writer is between its fence and its commit, the epoch can not be raised', async (t) => {
  const sale = await testSale(t)
  const entry = await sale.hold()
  let raised = ''
  const db: typeof sale.db = {
    ...sale.db,
    tx: (work) =>
      sale.db.tx(async (tx) => {
        const recorded = await work(tx) // all of the writer's statements, not committed yet
        raised = await sale.db
          .tx(async (other) => {
            await other.query("set local lock_timeout = '200ms'")
            await other.query('update segments set epoch = 2')
            return 'raised'
          })
          .catch((error: { code: string }) => error.code)
        return recorded
      }),
  }
  await recordHolds(db, sale.at, [entry])
  assert.equal(raised, '55P03') // it would have had to wait
})

test('two writers with the same and crossing batches end with each unit once', async (t) => {
  const sale = await testSale(t, { stock: 200, perBuyerLimit: 2 })
  for (let i = 0; i < 10; i++) {
    await sale.reserve(Array.from({ length: 10 }, () => sale.attempt({ quantity: 2 })))
  }
  const entries = await sale.entries()
  const shuffled = [...entries].reverse()
  await Promise.all([
    record(sale, ...entries),
    record(sale, ...shuffled),
    record(sale, ...entries.slice(20, 70)),
  ])
  const { units, holds, returns } = await sale.inLedger()
  assert.equal(units.length, 200)
  assert.equal([...holds.values()].filter(({ state }) => state === 'held').length, 100)
  assert.deepEqual(returns, [])
  assert.equal(new Set(await sale.events('stock.held')).size, 100)
  assert.equal((await sale.events('stock.held')).length, 100)
})
