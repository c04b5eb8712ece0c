import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { StockHeld } from '@flashsale/contracts/events/stock-held.ts'
import type { LookUpAnswer } from '@flashsale/contracts/http/inventory.ts'
import type { OrderId } from '@flashsale/contracts/ids.ts'
import { createInventoryClient } from '../src/clients/inventory.ts'
import { onStockHeld } from '../src/consumers/on-stock-held.ts'
import { cancelUnpaid } from '../src/jobs/cancel-unpaid.ts'
import { createCancelWantedSweep } from '../src/jobs/end-cancel-wanted.ts'
import { eventOf, newBuyer, newHold, newOrderId, type TestHold, testOrders } from './test-orders.ts'

const PAST_MS = 4_000
const unpaid = (holds: TestHold[]) => holds.map((hold) => ({ ...hold, paymentWindowSeconds: 0 }))

test('orders unpaid past their time are cancelled, the others are not', async (t) => {
  const { db, deliver, order, outbox } = await testOrders(t)
  const [due, notDue] = [newHold(), newHold({ windowS: 5 })]
  await deliver(onStockHeld, StockHeld, ...unpaid([due]), notDue)
  assert.equal(await cancelUnpaid(db), false)
  assert.equal(await cancelUnpaid(db), false)
  const { orderId, saleId } = due
  const ended = await order(orderId)
  assert.deepEqual([ended?.state, ended?.reason], ['cancelled', 'unpaid'])
  const payload = { orderId, saleId, reason: 'unpaid' }
  assert.deepEqual(await outbox(orderId), [{ type: 'order.cancelled', payload }])
  assert.equal((await order(notDue.orderId))?.state, 'pending-payment')
})

test('two sweepers at once cancel every unpaid order once', async (t) => {
  const { db, deliver } = await testOrders(t)
  const holds = unpaid(Array.from({ length: 1_200 }, () => newHold()))
  await deliver(onStockHeld, StockHeld, ...holds)
  const sweep = async () => {
    while (await cancelUnpaid(db));
  }
  await Promise.all([sweep(), sweep(), sweep()])
  await sweep()
  const { rows } = await db.query(
    `select count(*) as told, count(distinct aggregateid) as orders,
            (select count(*) from orders where state = 'cancelled' and reason = 'unpaid') as ended
     from outbox where type = 'order.cancelled'`,
  )
  assert.deepEqual(rows, [{ told: 1_200, orders: 1_200, ended: 1_200 }])
})

test('an unpaid order that something else holds does not stop the sweeper', async (t) => {
  const { db, deliver, order } = await testOrders(t)
  const [locked, free] = unpaid([newHold(), newHold()]) as [TestHold, TestHold]
  await deliver(onStockHeld, StockHeld, locked, free)
  await db.tx(async (tx) => {
    await tx.query('select from orders where id = $1 for update', [locked.orderId])
    await cancelUnpaid(db)
  })
  assert.equal((await order(free.orderId))?.state, 'cancelled')
  assert.equal((await order(locked.orderId))?.state, 'pending-payment')
  await cancelUnpaid(db)
  assert.equal((await order(locked.orderId))?.state, 'cancelled')
})

type Reply = LookUpAnswer | 'an error' | 'nonsense' | 'silence'
const json = { 'content-type': 'application/json' }
const facts = { saleId: '4b1c7d5e-3f80-4c57-8a2b-6f4f9f6f2f11', quantity: 1, amountMinor: 5 }

/** Stands for inventory, a peer service: answers look-ups, and can be away. */
async function testInventory(t: TestContext, replies: Map<OrderId, Reply>) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const id = request.url?.split('/').at(-1) as OrderId
    asked.push(id)
    const reply = replies.get(id)
    if (reply === 'silence') return
    response.writeHead(reply && reply !== 'an error' ? 200 : 503, json)
    if (reply === 'nonsense') response.end('{"kind":')
    else response.end(JSON.stringify(reply === 'an error' ? { kind: 'absent' } : (reply ?? {})))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = createInventoryClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  t.after(async () => {
    await client.close()
    if (server.listening) await close()
  })
  return { asked, client, close }
}

test('R11: a wish to cancel ends only by a final "nothing is held"', async (t) => {
  const { db, order, cancel, told } = await testOrders(t)
  const buyerId = newBuyer()
  const wish = async () => {
    const id = newOrderId(buyerId, Date.now() - PAST_MS)
    await cancel(id, buyerId)
    return id
  }
  const ends = [{ kind: 'absent' }, { kind: 'refused', ...facts }] as Reply[]
  const stays = [{ kind: 'held', ...facts }, { kind: 'unconfirmed' }, 'an error', 'nonsense']
  const replies = new Map<OrderId, Reply>()
  for (const reply of [...ends, ...stays, 'silence']) replies.set(await wish(), reply as Reply)
  const { client, close } = await testInventory(t, replies)
  const sweep = createCancelWantedSweep({ db, inventory: client })
  await sweep()
  await sweep()
  for (const [id, reply] of replies) {
    const { state, reason } = (await order(id)) ?? {}
    const wanted = ends.includes(reply)
      ? ['cancelled', 'not-recorded']
      : ['cancel-wanted', undefined]
    assert.deepEqual([state, reason], wanted, JSON.stringify(reply))
    assert.deepEqual(await told(id), [])
  }

  const [away] = [await wish()]
  replies.set(away, { kind: 'absent' })
  await close()
  await sweep()
  assert.equal((await order(away))?.state, 'cancel-wanted')
})

test('R11: a hold with a dead event is given back where inventory says it is', async (t) => {
  const { db, cancel, outbox } = await testOrders(t)
  const buyerId = newBuyer()
  const [unreadable, wanted, onItsWay] = [1, 2, 3].map(() =>
    newOrderId(buyerId, Date.now() - PAST_MS),
  ) as [OrderId, OrderId, OrderId]
  for (const id of [wanted, onItsWay]) await cancel(id, buyerId)
  const event = { ...eventOf(StockHeld, newHold()), key: unreadable, data: undefined }
  await db.tx((tx) => onStockHeld.onDead({ tx }, event))
  const bury = `insert into dead_keys (topic, key) values ('stock', $1), ('stock', $2), ('orders', $3)`
  await db.query(bury, [unreadable, wanted, onItsWay])

  const held = { kind: 'held', ...facts } as Reply
  const ids = [unreadable, wanted, onItsWay]
  const { client } = await testInventory(t, new Map(ids.map((id) => [id, held])))
  const sweep = createCancelWantedSweep({ db, inventory: client })
  await sweep()
  await sweep()
  const { saleId } = facts
  for (const orderId of [unreadable, wanted]) {
    const payload = { orderId, saleId, reason: 'not-recorded' }
    assert.deepEqual(await outbox(orderId), [{ type: 'order.cancelled', payload }])
  }
  assert.deepEqual(await outbox(onItsWay), [])
  const { rows } = await db.query('select state from orders order by id = $1', [onItsWay])
  assert.deepEqual(
    rows.map(({ state }) => state),
    ['cancelled', 'cancelled', 'cancel-wanted'],
  )
})

test('inventory is not asked before the attempt is well past its deadline', async (t) => {
  const { db, cancel } = await testOrders(t)
  const buyerId = newBuyer()
  const young = newOrderId(buyerId, Date.now() - 1_000)
  const old = newOrderId(buyerId, Date.now() - PAST_MS)
  for (const id of [young, old]) await cancel(id, buyerId)
  const { asked, client } = await testInventory(t, new Map())
  await createCancelWantedSweep({ db, inventory: client })()
  assert.deepEqual(asked, [old])
})

test('wishes without an answer do not keep the others waiting', async (t) => {
  const { db, order, cancel } = await testOrders(t)
  const buyerId = newBuyer()
  const ids = Array.from({ length: 50 }, (_, n) => newOrderId(buyerId, Date.now() - 60_000 + n))
  for (const id of ids) await cancel(id, buyerId)
  const last = ids.at(-1) as OrderId
  const { client } = await testInventory(t, new Map([[last, { kind: 'absent' }]]))
  const sweep = createCancelWantedSweep({ db, inventory: client })
  for (let rounds = 0; rounds < 4 && (await sweep()); rounds++);
  assert.equal((await order(last))?.state, 'cancelled')
})
