import assert from 'node:assert/strict'
import { test } from 'node:test'
import { releaseHolds } from '../src/db/returns.ts'
import { recordHolds } from '../src/ledger/record-holds.ts'
import { acknowledge } from '../src/redis/acknowledge.ts'
import { saleKeys } from '../src/redis/sale-keys.ts'
import { createSale } from '../src/stock/change-sale.ts'
import { lookUpOrder } from '../src/stock/look-up-order.ts'
import { salePlan, testSale } from './sale.ts'

const past = () => Date.now() - 1_000

test('before its deadline an unknown order is unconfirmed, after it absent', async (t) => {
  const sale = await testSale(t)
  const early = sale.attempt().orderId
  assert.deepEqual(await lookUpOrder(sale, early), { kind: 'unconfirmed' })
  const late = sale.attempt({ deadlineMs: past() }).orderId
  assert.deepEqual(await lookUpOrder(sale, late), { kind: 'absent' })
})

test('after a final no, a late copy of the attempt is refused even by a clock that went back', async (t) => {
  const sale = await testSale(t)
  const deadlineMs = past()
  const { orderId, buyerId } = sale.attempt({ deadlineMs })
  await sale.redis.hset(saleKeys(sale.at).sale, 'floor', 0)
  await lookUpOrder(sale, orderId)
  assert.equal(await sale.redis.hget(saleKeys(sale.at).sale, 'floor'), String(deadlineMs))

  // The floor alone, as a server whose clock is behind would see it.
  await sale.redis.hset(saleKeys(sale.at).sale, 'floor', Date.now() + 120_000)
  const copy = sale.attempt({ buyer: buyerId, deadlineMs: Date.now() + 60_000 })
  assert.deepEqual(await sale.reserve([copy]), [{ kind: 'late' }])
})

test('an order that only Redis knows is held, also past its deadline', async (t) => {
  const sale = await testSale(t, { perBuyerLimit: 2, priceMinor: 250 })
  const { orderId } = await sale.hold({ quantity: 2 })
  const held = { kind: 'held', saleId: sale.saleId, quantity: 2, amountMinor: 500 }
  assert.deepEqual(await lookUpOrder(sale, orderId), held)
})

test('a row of the ledger decides, whatever Redis says, refusals and ended holds too', async (t) => {
  const sale = await testSale(t)
  const entry = await sale.hold()
  await recordHolds(sale.db, sale.at, [entry])
  await acknowledge(sale.redis, sale.at, [entry.id])
  await sale.redis.del(...Object.values(saleKeys(sale.at)))
  const held = { kind: 'held', saleId: sale.saleId, quantity: 1, amountMinor: 100 }
  assert.deepEqual(await lookUpOrder(sale, entry.orderId), held)
  await sale.db.tx((tx) => releaseHolds(tx, [entry.orderId]))
  assert.deepEqual(await lookUpOrder(sale, entry.orderId), held)

  const old = { ...entry, orderId: sale.attempt().orderId, epoch: 9 }
  await recordHolds(sale.db, sale.at, [old])
  assert.equal((await lookUpOrder(sale, old.orderId)).kind, 'refused')
})

test('with a Redis that forgot, is away or is at another epoch, nothing is final', async (t) => {
  const sale = await testSale(t)
  const { orderId } = sale.attempt({ deadlineMs: past() })
  const hash = saleKeys(sale.at).sale
  const runId = String(await sale.redis.hget(hash, 'run_id'))
  await sale.redis.hset(hash, 'run_id', 'another')
  assert.deepEqual(await lookUpOrder(sale, orderId), { kind: 'unconfirmed' })
  await sale.redis.hset(hash, 'run_id', runId)

  await sale.redis.hset(hash, 'epoch', 2)
  assert.deepEqual(await lookUpOrder(sale, orderId), { kind: 'unconfirmed' })
  await sale.redis.hset(hash, 'epoch', 1)

  const away = {
    ...sale,
    redis: Object.create(sale.redis, { health: { value: { answers: () => false } } }),
  }
  assert.deepEqual(await lookUpOrder(away, orderId), { kind: 'unconfirmed' })
  assert.deepEqual(await lookUpOrder(sale, orderId), { kind: 'absent' })
})

test('the floor rises in every sale that was open at the time of the id', async (t) => {
  const sale = await testSale(t)
  const other = await createSale(sale.deps, salePlan())
  assert.ok(other.kind === 'created')
  const deadlineMs = past()
  const { orderId } = sale.attempt({ deadlineMs })
  await sale.redis.hset(saleKeys({ ...sale.at, saleId: other.id }).sale, 'floor', 0)
  await sale.redis.hset(saleKeys(sale.at).sale, 'floor', 0)
  await lookUpOrder(sale, orderId)
  for (const saleId of [sale.saleId, other.id]) {
    const floor = await sale.redis.hget(saleKeys({ ...sale.at, saleId }).sale, 'floor')
    assert.equal(floor, String(deadlineMs))
  }
})

test('a settled sale can hold nothing late: it is not asked, not even by a Redis that forgot it', async (t) => {
  const sale = await testSale(t)
  await sale.db.query("update sales set phase = 'closed', settled_at = now()")
  await sale.redis.del(saleKeys(sale.at).sale)
  const { orderId } = sale.attempt({ deadlineMs: Date.now() - 5_000 })
  assert.deepEqual(await lookUpOrder(sale, orderId), { kind: 'absent' })
})
