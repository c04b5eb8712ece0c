import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OrderId } from '@flashsale/contracts/ids.ts'
import { deadlineOf } from '@flashsale/contracts/order-id.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { buyPatiently } from './buyer.ts'
import { startLossySystem } from './lossy-road.ts'
import { connectRedis } from './redis.ts'
import { openSale, outcome } from './sale.ts'
import { connectSql, liveUnits } from './sql.ts'

test('an attempt that never arrived is cancelled, not-recorded, for ever: its late copy is refused', async (t) => {
  const { system, lose, deliverLate } = await startLossySystem(t)
  const ledger = await connectSql(t, system.dbUrls.inventory)
  const sale = await openSale(system, { stock: 2 })
  const { redis, keys } = connectRedis(t, system, sale.id)

  lose('requests')
  const answer = await sale.buy('ann')
  assert.equal(outcome(answer), '202 unconfirmed')
  const receipt = { user: 'ann', orderId: answer.body.orderId as OrderId }
  const early = await sale.order(receipt)
  const isOver = () => Date.now() > deadlineOf(receipt.orderId)
  assert.ok(early.body.status === 'unconfirmed' || isOver())

  const order = await sale.becomes(receipt, 'cancelled')
  assert.ok(isOver(), 'cancelled before the attempt’s own deadline')
  assert.deepEqual(order, { id: receipt.orderId, status: 'cancelled', reason: 'not-recorded' })
  assert.ok(Number(await redis.hget(keys.sale, 'floor')) >= deadlineOf(receipt.orderId)) // barred
  const [late] = await deliverLate()
  assert.deepEqual(late?.body.results, [{ kind: 'late' }])
  assert.equal((await sale.order(receipt)).body.reason, 'not-recorded')

  lose('nothing')
  await sale.hold('ann') // her slot and the unit are still there
  const { held, available } = await sale.settled()
  assert.deepEqual([held, available], [1, 1])
  assert.equal((await liveUnits(ledger, sale.id)).length, 1)
})

test('an attempt whose answer was lost is found by its order id, and by its key', async (t) => {
  const { system, lose, deliverLate } = await startLossySystem(t)
  const ledger = await connectSql(t, system.dbUrls.inventory)
  const sale = await openSale(system, { stock: 2 })

  lose('answers')
  const [plain, keyed] = await Promise.all([sale.buy('ann'), sale.buy('bob', { key: 'b' })])
  assert.equal(outcome(plain), '202 unconfirmed')
  assert.deepEqual(keyed.body, { status: 'unconfirmed' })
  assert.equal(keyed.headers['retry-after'], '1')
  const ann = { user: 'ann', orderId: plain.body.orderId }
  await sale.becomes(ann, 'pending-payment')

  lose('nothing')
  const bob = await buyPatiently(sale, 'bob', { key: 'b' })
  assert.deepEqual([bob.said, bob.replayed], ['accepted', true])
  assert.equal(outcome(await sale.buy('cid')), '409 sold-out')
  const copies = await deliverLate() // both again: the same two orders
  const found = copies.flatMap(({ body }) => body.results)
  assert.deepEqual(
    found.map(({ kind, orderId }) => [kind, orderId]).sort(),
    [ann, bob].map(({ orderId }) => ['held', orderId]).sort(),
  )
  await sale.settled()
  assert.equal((await liveUnits(ledger, sale.id)).length, 2)
})

test('who cancels an attempt that never arrived sees it end, and nothing is held', async (t) => {
  const { system, lose } = await startLossySystem(t)
  const orders = await connectSql(t, system.dbUrls.order)
  const sale = await openSale(system, { stock: 1 })
  lose('requests')
  const { body } = await sale.buy('ann')
  const receipt = { user: 'ann', orderId: body.orderId }
  assert.equal((await sale.cancel(receipt)).body.status, 'unconfirmed')

  const order = await sale.becomes(receipt, 'cancelled')
  assert.equal(order.reason, 'not-recorded')
  const wish = `select from orders where state = 'cancelled' and reason = 'not-recorded'`
  const isEnded = async () => (await orders(wish)).length === 1
  await until(isEnded, { timeoutMs: 10_000, what: 'the wish to cancel to end on record' })
  lose('nothing')
  await sale.hold('bob')
  assert.equal((await sale.settled()).held, 1)
})
