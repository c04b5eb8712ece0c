import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { giveTime } from '../src/db/recovery.ts'
import { LEDGER_BEHIND } from '../src/db/segments.ts'
import { saleKeys } from '../src/redis/sale-keys.ts'
import { takeOut } from '../src/stock/change-sale.ts'
import { segmentOf } from '../src/stock/sale-register.ts'
import { assertNoDrift, forget, rebuild, record } from './rebuilding.ts'
import { testLoss } from './set-back.ts'

test('holds that the ledger lost come back as Kafka told them, each with its end', async (t) => {
  const sale = await testLoss(t, { stock: 10, perBuyerLimit: 2 })
  const paid = await sale.hold({ quantity: 2 })
  const cancelled = await sale.hold()
  const open = await sale.hold({ buyer: 'ann', key: 'a' })
  const known = await sale.hold() // the ledger has its row, and not that it was paid
  await record(sale)
  await sale.tell()
  for (const { orderId } of [paid, known]) await sale.paid(orderId)
  await sale.cancelled(cancelled.orderId)
  await sale.lose(paid.orderId, cancelled.orderId, open.orderId)

  const { open: matters } = await sale.recover()
  assert.deepEqual(matters, [])
  const states = [paid, cancelled, open, known].map(({ orderId }) => sale.stateOf(orderId))
  assert.deepEqual(await Promise.all(states), ['sold', 'released', 'held', 'sold'])
  assert.deepEqual(await rebuild(sale), { kind: 'rebuilt', epoch: 2 })
  await assertNoDrift(sale)
  assert.deepEqual((await sale.inRedis()).free, [3])
  const [again] = await sale.reserve([sale.attempt({ buyer: 'ann', key: 'a' })])
  assert.deepEqual(again, { kind: 'repeated', orderId: open.orderId }) // R8
})

test('a hold on record that nobody was told of is found in Redis and tells of itself', async (t) => {
  const sale = await testLoss(t, { perBuyerLimit: 2 })
  const untold = await sale.hold({ buyer: 'a:b', key: 'k:1', quantity: 2 })
  await record(sale) // acknowledged: the stream has it no more
  await sale.lose(untold.orderId)

  const { wonBack } = await sale.recover()
  assert.deepEqual(wonBack, [{ kind: 'open hold', from: 'Redis', count: 1 }])
  assert.deepEqual(await sale.events('stock.held'), [untold.orderId])
  await rebuild(sale)
  await assertNoDrift(sale)
  const [again] = await sale.reserve([sale.attempt({ buyer: 'a:b', key: 'k:1', quantity: 2 })])
  assert.deepEqual(again, { kind: 'repeated', orderId: untold.orderId })
})

test('a unit sold again after a cancellation goes to its new owner, not to the old one', async (t) => {
  const sale = await testLoss(t, { stock: 1 })
  const first = await sale.hold()
  await record(sale)
  await sale.tell()
  await sale.cancelled(first.orderId)
  await sale.redis.del(saleKeys(sale.at).units) // as the return would have left it
  await sale.redis.rpush(saleKeys(sale.at).free, 1)
  await sale.db.query('update holds set state = $1', ['released'])
  await sale.db.query('update hold_units set live = false')
  const second = await sale.hold()
  await record(sale)
  await sale.tell()
  await sale.lose(second.orderId) // and of the first one that it was cancelled
  await sale.db.query('update holds set state = $1', ['held'])
  await sale.db.query('update hold_units set live = true')

  const { open } = await sale.recover()
  assert.deepEqual(open, [])
  assert.equal(await sale.stateOf(first.orderId), 'released')
  assert.equal(await sale.stateOf(second.orderId), 'held')
})

test('a paid order whose unit another order holds is named as money, and takes nothing', async (t) => {
  const sale = await testLoss(t, { stock: 2 })
  const [lost, owner] = [await sale.hold(), await sale.hold()]
  await record(sale)
  await sale.tell()
  await sale.paid(lost.orderId)
  await sale.lose(lost.orderId)
  await sale.db.query('update hold_units set unit = 1 where order_id = $1', [owner.orderId])

  const { open } = await sale.recover()
  assert.deepEqual(
    open.map(({ weight, what }) => [weight, what]),
    [['money', 'a paid order whose units others hold']],
  )
  const facts = open[0]?.examples[0] as Record<string, unknown>
  assert.deepEqual([facts.orderId, facts.amountMinor], [lost.orderId, 100])
  assert.equal(await sale.stateOf(lost.orderId), undefined)
})

test('withdrawn units and a restock that only Redis knows are on record again', async (t) => {
  const sale = await testLoss(t, { stock: 10 })
  await sale.hold()
  const taking = takeOut(sale.deps, sale.sale(), 3)
  while ((await sale.inRedis()).entries.length < 2) await new Promise(setImmediate)
  await record(sale)
  await taking
  await sale.db.query('delete from withdrawals')
  const keys = saleKeys(sale.at)
  await sale.redis.hset(keys.sale, 'stock', 15, 'stock_version', 2, 'phase', 'paused')
  await sale.redis.hset(keys.sale, 'phase_version', 2)

  await sale.recover()
  const ledger = await sale.inLedger()
  assert.deepEqual(ledger.withdrawn, [{ first: 2, last: 4 }])
  assert.deepEqual([ledger.stock, sale.sale().phase], [15, 'paused'])
  await rebuild(sale)
  await assertNoDrift(sale)
})

test('a ledger behind an epoch of Redis refuses its rebuild until it was recovered', async (t) => {
  const sale = await testLoss(t, { stock: 3 })
  const held = await sale.hold()
  await forget(sale)
  await rebuild(sale)
  assert.equal((await sale.inRedis()).epoch, 2)
  await sale.db.query('update segments set epoch = 1')
  await sale.register.refresh()

  assert.deepEqual(await rebuild(sale), { kind: LEDGER_BEHIND })
  assert.equal(sale.sale().heldBack, LEDGER_BEHIND)
  await sale.recover()
  assert.deepEqual(await rebuild(sale), { kind: 'rebuilt', epoch: 3 })
  assert.equal(await sale.stateOf(held.orderId), 'held')
  await assertNoDrift(sale)
})

test('a recovery that is run again wins nothing back and names the same', async (t) => {
  const sale = await testLoss(t, { stock: 4 })
  const [lost, owner, late] = [await sale.hold(), await sale.hold(), await sale.hold()]
  await record(sale)
  await sale.tell()
  await sale.lose(lost.orderId, late.orderId)
  await sale.db.query('update hold_units set unit = 1 where order_id = $1', [owner.orderId])

  const first = await sale.recover()
  assert.deepEqual(first.wonBack, [{ kind: 'open hold', from: 'Kafka', count: 1 }])
  const second = await sale.recover()
  assert.deepEqual(second.wonBack, [])
  assert.deepEqual(second.open, first.open)
})

test('a recovery that was killed between any two of its transactions is simply run again', async (t) => {
  const sale = await testLoss(t, { stock: 8, perBuyerLimit: 2 })
  const [paid, cancelled, open] = [
    await sale.hold({ quantity: 2 }),
    await sale.hold(),
    await sale.hold(),
  ]
  await record(sale)
  await sale.tell()
  await sale.paid(paid.orderId)
  await sale.cancelled(cancelled.orderId)
  const untold = await sale.hold()
  await record(sale)
  const unseen = await sale.hold()
  await sale.lose(...[paid, cancelled, open, untold].map(({ orderId }) => orderId))

  let kills = 0
  const killed = () =>
    sale.recover(kills).then(
      () => false,
      (error) => /killed/.test(error.message),
    )
  while (await killed()) kills++
  assert.ok(kills >= 6, `${kills}`)
  const all = [paid, cancelled, open, untold, unseen]
  assert.deepEqual(await Promise.all(all.map(({ orderId }) => sale.stateOf(orderId))), [
    'sold',
    'released',
    'held',
    'held',
    'held',
  ])
  await rebuild(sale)
  await assertNoDrift(sale)
  // told by nobody before; those that Kafka has are not told again
  const told = await sale.events('stock.held')
  assert.deepEqual(told.sort(), [untold.orderId, unseen.orderId].sort())
})

test('a hold is not overdue for the time in which nobody could pay', async (t) => {
  const sale = await testLoss(t, { stock: 3 })
  const [first, second] = [await sale.hold(), await sale.hold()]
  await record(sale)
  const ages = { [first.orderId]: '301 s', [second.orderId]: '300 s' }
  for (const [orderId, age] of Object.entries(ages)) {
    const text = 'update holds set held_at = now() - $2::interval where order_id = $1'
    await sale.db.query(text, [orderId, age])
  }
  const overdue = async () => [...(await sale.inLedger()).holds.values()].map((h) => h.overdue)
  assert.deepEqual(await overdue(), [true, true])

  for (const _ of [1, 2]) await giveTime(sale.db)
  assert.deepEqual(await overdue(), [false, false])
  const { rows } = await sale.db.query('select order_id as id from holds order by held_at')
  assert.deepEqual(rows, [{ id: first.orderId }, { id: second.orderId }])
})

async function loseSale(t: TestContext) {
  const sale = await testLoss(t, { stock: 7, title: 'Kettle' })
  const { orderId } = await sale.hold()
  await record(sale)
  await sale.tell()
  await sale.lose(orderId)
  await sale.db.query('delete from segments')
  await sale.db.query('delete from sales')
  return { ...sale, orderId }
}

test('a sale that the ledger lost comes back with its orders', async (t) => {
  const sale = await loseSale(t)
  const { title, opensAtMs, stock } = sale.sale()
  assert.deepEqual((await sale.recover()).open, [])
  const back = sale.sale()
  assert.deepEqual([back.title, back.opensAtMs, back.stock], [title, opensAtMs, stock])
  assert.deepEqual([back.phase, await sale.stateOf(sale.orderId)], ['ready', 'held'])
  assert.deepEqual(await rebuild({ ...sale, at: segmentOf(back) }), { kind: 'rebuilt', epoch: 2 })
})

test('a sale that nobody can describe is named with the orders that it had', async (t) => {
  const sale = await loseSale(t)
  await sale.redis.hdel(saleKeys(sale.at).sale, 'description')

  const { open } = await sale.recover()
  assert.deepEqual(
    open.map(({ weight, examples }) => [weight, (examples[0] as { saleId: string }).saleId]),
    [
      ['sales', sale.saleId],
      ['money', sale.saleId],
    ],
  )
})

test('a paid order that neither Kafka nor Redis knows the units of is named as money', async (t) => {
  const sale = await testLoss(t)
  const { orderId } = await sale.hold()
  await record(sale)
  await sale.lose(orderId) // before anybody was told of the hold, and Redis is emptied
  await sale.paid(orderId)
  await sale.redis.del(...Object.values(saleKeys(sale.at)))

  const { open } = await sale.recover()
  assert.deepEqual(
    open.map(({ weight, what }) => [weight, what]),
    [['money', 'a paid order whose hold nobody knows']],
  )
})
