import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { BuyerId } from '@flashsale/contracts/ids.ts'
import { insertErasure, readErasure } from '../src/db/erasures.ts'
import { eraseAsked } from '../src/erase/erase-asked.ts'
import { eraseExpired } from '../src/erase/erase-expired.ts'
import { recordHolds } from '../src/ledger/record-holds.ts'
import { booksOfOthers, boughtBy, failing, leftRedis, subjectOf, tablesWith } from './erasing.ts'
import { testSale } from './sale.ts'

const ANN = 'ann-who-is-erased' as BuyerId
const BOB = 'bob-who-stays' as BuyerId
const never = new AbortController().signal

async function world(t: TestContext, buyers: string[] = [ANN, BOB, ANN]) {
  const sale = await testSale(t, { stock: 10, perBuyerLimit: 5 })
  const entries = await boughtBy(sale, buyers)
  await sale.db.query('truncate outbox') // as if all of it were published
  const others = booksOfOthers(sale.saleId, entries)
  const deps = { db: sale.db, subjectOf, ...others.peers }
  const ask = () => insertErasure(sale.db, subjectOf(ANN), ANN)
  const state = () => readErasure(sale.db, subjectOf(ANN))
  /** Who has bought, wherever it is written. */
  const buyersOf = async () => ({
    orders: others.orders.map(({ buyerId }) => buyerId),
    payments: others.payments.map(({ buyerId }) => buyerId),
    ledger: (await sale.inLedger()).units.map(({ buyerId }) => buyerId).toSorted(),
  })
  return { sale, entries, deps, ask, state, buyersOf }
}
const subject = subjectOf(ANN)
const erased = {
  orders: [subject, BOB, subject],
  payments: [subject, BOB, subject],
  ledger: [BOB, subject, subject].toSorted(),
}

test('a buyer who is erased is one subject everywhere, and in no table any more', async (t) => {
  const { sale, deps, ask, state, buyersOf } = await world(t)
  await leftRedis(sale)
  await ask()
  assert.deepEqual((await state())?.doneAt, undefined)
  assert.equal(await eraseAsked(deps, never), false)
  assert.deepEqual(await buyersOf(), erased)
  assert.ok((await state())?.doneAt)
  assert.equal((await state())?.salesWaiting, 0)
  assert.deepEqual(await tablesWith(sale, ANN), [])
  assert.ok((await tablesWith(sale, BOB)).includes('holds'))
})

test('stopped before or after any step, it is done again to the same end', async (t) => {
  for (const when of ['before', 'after'] as const) {
    for (let at = 0; ; at++) {
      const { sale, deps, ask, state, buyersOf } = await world(t)
      await leftRedis(sale)
      await ask()
      const { deps: broken, wasReached } = failing(deps, at, when)
      const stopped = await eraseAsked(broken, never).catch((error: Error) => error.message)
      if (!wasReached()) {
        assert.equal(stopped, false)
        assert.ok(at > 8, `only ${at} steps`)
        break
      }
      assert.equal(stopped, `stopped ${when} it`)
      await eraseAsked(deps, never)
      assert.deepEqual(await buyersOf(), erased, `${when} step ${at}`)
      assert.ok((await state())?.doneAt, `${when} step ${at}`)
      assert.deepEqual(await tablesWith(sale, ANN), [], `${when} step ${at}`)
    }
  }
})

test('a sale that can still move keeps its buyers until it has left Redis, and the id waits with it', async (t) => {
  const { sale, deps, ask, state, buyersOf } = await world(t)
  const before = await buyersOf()
  await ask()
  await eraseAsked(deps, never)
  assert.deepEqual(await buyersOf(), before)
  assert.equal((await state())?.salesWaiting, 1)
  assert.equal((await state())?.doneAt, undefined)
  assert.deepEqual(await tablesWith(sale, ANN), ['erasures', 'hold_units', 'holds'])

  await sale.db.query("update erasures set ran_at = now() - interval '10 minutes'")
  await leftRedis(sale)
  await eraseAsked(deps, never)
  assert.deepEqual(await buyersOf(), erased)
  assert.ok((await state())?.doneAt)
  assert.deepEqual(await tablesWith(sale, ANN), [])
})

test('asked again it takes in what has come since', async (t) => {
  const { sale, deps, ask, state, entries } = await world(t)
  await leftRedis(sale)
  await ask()
  await eraseAsked(deps, never)
  const [first] = entries
  const back = [first?.orderId, ANN]
  await sale.db.query('update holds set buyer_id = $2 where order_id = $1', back)
  await eraseAsked(deps, never)
  assert.ok((await tablesWith(sale, ANN)).includes('holds'), 'nobody asked')
  await ask()
  assert.equal((await state())?.doneAt, undefined)
  await eraseAsked(deps, never) // found in the ledger, for order knows it no more
  assert.deepEqual(await tablesWith(sale, ANN), [])
})

test('a copy of a hold that comes late does not bring its buyer back', async (t) => {
  const { sale, deps, ask, entries, buyersOf } = await world(t)
  const at = sale.at
  await leftRedis(sale)
  await ask()
  await eraseAsked(deps, never)
  const { held, repeated } = await recordHolds(sale.db, at, entries)
  assert.deepEqual([held, repeated], [0, entries.length])
  assert.deepEqual(await buyersOf(), erased)
  assert.deepEqual(await tablesWith(sale, ANN), [])
})

test('all buyers of a sale are replaced when it was settled for so long, and no other', async (t) => {
  const { sale, deps, buyersOf, entries } = await world(t)
  const [first] = entries
  // Its order ended before its hold was seen: units alone name the buyer.
  const late = [first?.orderId, sale.saleId]
  await sale.db.query(
    `insert into returns (order_id, unit, sale_id, segment, buyer_id, slot, done_at)
     values ($1, 9, $2, 0, '${ANN}', 1, now())`,
    late,
  )
  const before = await buyersOf()
  await leftRedis(sale, { daysAgo: 399 })
  assert.equal(await eraseExpired({ ...deps, daysKept: 400 }, never), false)
  assert.deepEqual(await buyersOf(), before)

  await leftRedis(sale, { daysAgo: 401 })
  assert.equal(await eraseExpired({ ...deps, daysKept: 400 }, never), true)
  const [ann, bob] = [subjectOf(ANN), subjectOf(BOB)]
  assert.deepEqual(await buyersOf(), {
    orders: [ann, bob, ann],
    payments: [ann, bob, ann],
    ledger: [ann, ann, bob].toSorted(),
  })
  for (const id of [ANN, BOB]) assert.deepEqual(await tablesWith(sale, id), [])
  assert.equal(await eraseExpired({ ...deps, daysKept: 400 }, never), false)
})
