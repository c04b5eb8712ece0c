import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PaymentCaptured } from '@flashsale/contracts/events/payment-captured.ts'
import { StockHeld } from '@flashsale/contracts/events/stock-held.ts'
import { REPLACED_MAX } from '@flashsale/contracts/http/erasure.ts'
import type { BuyerId } from '@flashsale/contracts/ids.ts'
import { onPaymentCaptured } from '../src/consumers/on-payment-captured.ts'
import { onStockHeld } from '../src/consumers/on-stock-held.ts'
import { moneyFor, newBuyer, newHold, newOrderId, testOrders } from './test-orders.ts'

const subject = 'erased:of-the-test' as BuyerId
type World = Awaited<ReturnType<typeof testOrders>>

async function ask({ app }: World, path: string, payload: object) {
  const answer = await app.inject({ method: 'POST', url: `/internal/buyers/${path}`, payload })
  return { status: answer.statusCode, ...answer.json() }
}
const ordersOf = async ({ app }: World, buyerId: string) =>
  (await app.inject(`/internal/orders?buyerId=${buyerId}`)).json().orders.length

test('the buyer of an order that is over is replaced once, and of one that is not, never', async (t) => {
  const world = await testOrders(t)
  const buyerId = newBuyer()
  const [paid, open] = [newHold({ buyerId }), newHold({ buyerId })]
  await world.deliver(onStockHeld, StockHeld, paid, open)
  await world.deliver(onPaymentCaptured, PaymentCaptured, moneyFor(paid))
  const orders = [paid, open].map(({ orderId }) => ({ orderId, buyerId: subject }))
  assert.equal((await ask(world, 'replace', { orders })).replaced, 1)
  assert.equal((await ask(world, 'replace', { orders })).replaced, 0)
  assert.equal((await world.order(paid.orderId))?.buyerId, subject)
  assert.equal((await world.order(open.orderId))?.buyerId, buyerId)
  assert.equal(await ordersOf(world, buyerId), 1)
  assert.equal(await ordersOf(world, subject), 1)
})

test('a copy of the event that made an order does not bring an erased buyer back', async (t) => {
  const world = await testOrders(t)
  const hold = newHold()
  await world.deliver(onStockHeld, StockHeld, hold)
  await world.deliver(onPaymentCaptured, PaymentCaptured, moneyFor(hold))
  await ask(world, 'replace', { orders: [{ orderId: hold.orderId, buyerId: subject }] })
  await world.deliver(onStockHeld, StockHeld, hold) // past the inbox, as if that were empty
  assert.equal((await world.order(hold.orderId))?.buyerId, subject)
  assert.equal(await ordersOf(world, hold.buyerId), 0)
})

test('whoever had an order before it was erased is not its buyer any more', async (t) => {
  const world = await testOrders(t)
  const hold = newHold()
  await world.deliver(onStockHeld, StockHeld, hold)
  await world.deliver(onPaymentCaptured, PaymentCaptured, moneyFor(hold))
  await ask(world, 'replace', { orders: [{ orderId: hold.orderId, buyerId: subject }] })
  assert.equal(await world.cancel(hold.orderId, hold.buyerId), 'not-cancellable')
})

test('orders that ended without a sale forget their buyer, old ones only', async (t) => {
  const world = await testOrders(t)
  const [old, young] = [newBuyer(), newBuyer()].map((buyerId) => ({
    buyerId,
    id: newOrderId(buyerId),
  })) as [{ buyerId: BuyerId; id: never }, { buyerId: BuyerId; id: never }]
  for (const { id, buyerId } of [old, young]) await world.cancel(id, buyerId)
  await world.db.query("update orders set state = 'cancelled', reason = 'not-recorded'")
  await world.db.query("update orders set created_at = now() - interval '9 days' where id = $1", [
    old.id,
  ])
  const before = new Date(Date.now() - 86_400_000).toISOString()
  const { forgotten, more } = await ask(world, 'forget', { before })
  assert.deepEqual([forgotten, more], [1, false])
  assert.equal(await ordersOf(world, old.buyerId), 0)
  assert.equal(await ordersOf(world, young.buyerId), 1)
})

test('as many orders as one call may have fit into it, and no more are taken', async (t) => {
  const world = await testOrders(t)
  const buyerId = `erased:${'x'.repeat(43)}`
  const of = (length: number) =>
    Array.from({ length }, () => ({ orderId: newOrderId(newBuyer()), buyerId }))
  assert.equal((await ask(world, 'replace', { orders: of(REPLACED_MAX) })).status, 200)
  assert.equal((await ask(world, 'replace', { orders: of(REPLACED_MAX + 1) })).status, 400)
  assert.equal((await ask(world, 'replace', { orders: [] })).status, 400)
  assert.equal((await ask(world, 'forget', { before: 'yesterday' })).status, 400)
})
