import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PaymentCaptured } from '@flashsale/contracts/events/payment-captured.ts'
import { StockHeld } from '@flashsale/contracts/events/stock-held.ts'
import { type AuditedOrder, AuditedOrders, OrderPage } from '@flashsale/contracts/http/order.ts'
import type { OrderId } from '@flashsale/contracts/ids.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { onPaymentCaptured } from '../src/consumers/on-payment-captured.ts'
import { onStockHeld } from '../src/consumers/on-stock-held.ts'
import {
  eventOf,
  moneyFor,
  newBuyer,
  newHold,
  newOrderId,
  newSale,
  type TestHold,
  testOrders,
} from './test-orders.ts'

const HOUR_MS = 3_600_000
const newestFirst = (holds: TestHold[]) =>
  holds
    .map(({ orderId }) => orderId)
    .toSorted()
    .toReversed()

/** Holds whose ids are as old as they would be, one a minute until now. */
function history(count: number, given: Parameters<typeof newHold>[0]) {
  const start = Date.now() - HOUR_MS
  return Array.from({ length: count }, (_, n) => {
    const hold = newHold(given)
    return { ...hold, orderId: newOrderId(hold.buyerId, start + n * 60_000) }
  })
}

type App = Awaited<ReturnType<typeof testOrders>>['app']
async function walk(app: App, path: string, between: () => Promise<unknown> = async () => {}) {
  const pages: OrderPage['orders'][] = []
  let cursor = ''
  do {
    const answer = await app.inject(`/internal/${path}${cursor}`)
    const { orders, nextCursor } = OrderPage.parse(answer.json())
    pages.push(orders)
    cursor = nextCursor ? `&cursor=${nextCursor}` : ''
    await between()
  } while (cursor)
  return { pages, ids: pages.flat().map(({ id }) => id) }
}

test('a buyer sees his own orders, newest first', async (t) => {
  const { app, deliver, cancel } = await testOrders(t)
  const buyerId = newBuyer()
  const mine = history(7, { buyerId })
  await deliver(onStockHeld, StockHeld, ...mine, ...history(5, {}))
  const wish = newOrderId(buyerId) // an order too, as soon as it is wanted cancelled
  await cancel(wish, buyerId)
  const { pages, ids } = await walk(app, `orders?buyerId=${buyerId}&limit=3`)
  assert.deepEqual(ids, [wish, ...newestFirst(mine)])
  assert.deepEqual(
    pages.map((page) => page.length),
    [3, 3, 2],
  )
  const [newest] = newestFirst(mine)
  const shown = await app.inject(`/internal/orders/${newest}`)
  assert.deepEqual(pages[0]?.[1], shown.json())
})

test('the lists are there again after Postgres ended their connections', async (t) => {
  const { app, db, lists } = await testOrders(t)
  const path = '/internal/admin/orders'
  assert.equal((await app.inject(path)).statusCode, 200)
  const { rowCount } = await db.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'order-lists'`,
  )
  assert.ok(rowCount)
  const again = async () => (await app.inject(path)).statusCode === 200
  await until(again, { timeoutMs: 5_000, what: 'the list to answer again' })
  assert.deepEqual((await lists.ofAll({}, { limit: 1 })).orders, [])
})

test('a full last page has no cursor, and nobody has an empty page', async (t) => {
  const { app, deliver } = await testOrders(t)
  const buyerId = newBuyer()
  await deliver(onStockHeld, StockHeld, ...history(4, { buyerId }))
  const { pages } = await walk(app, `orders?buyerId=${buyerId}&limit=2`)
  assert.deepEqual(
    pages.map((page) => page.length),
    [2, 2],
  )
  assert.deepEqual((await walk(app, `orders?buyerId=${newBuyer()}`)).pages, [[]])
})

test('pages have no gap and no repeat while orders are added', async (t) => {
  const { app, deliver } = await testOrders(t)
  const buyerId = newBuyer()
  const old = history(20, { buyerId })
  await deliver(onStockHeld, StockHeld, ...old)
  const add = () => deliver(onStockHeld, StockHeld, newHold({ buyerId }), newHold({ buyerId }))
  const { ids } = await walk(app, `orders?buyerId=${buyerId}&limit=3`, add)
  assert.deepEqual(ids, newestFirst(old))
})

test('admins see all orders, of one sale, in one state', async (t) => {
  const { app, deliver } = await testOrders(t)
  const saleId = newSale()
  const [here, there] = [history(5, { saleId }), history(4, {})]
  await deliver(onStockHeld, StockHeld, ...here, ...there)
  const [paid, alsoPaid] = [here[2], there[0]] as [TestHold, TestHold]
  await deliver(onPaymentCaptured, PaymentCaptured, moneyFor(paid), moneyFor(alsoPaid))
  const unknown = newHold() // money without an order: nobody's yet
  await deliver(onPaymentCaptured, PaymentCaptured, moneyFor(unknown))

  const list = async (query: string) => (await walk(app, `admin/orders?limit=2${query}`)).ids
  assert.deepEqual(await list(''), newestFirst([...here, ...there]))
  assert.deepEqual(await list(`&saleId=${saleId}`), newestFirst(here))
  assert.deepEqual(await list('&state=paid'), newestFirst([paid, alsoPaid]))
  assert.deepEqual(await list(`&state=paid&saleId=${saleId}`), [paid.orderId])
})

test('the audit reads every order of a sale once, in pages', async (t) => {
  const { app, deliver, cancel } = await testOrders(t)
  const saleId = newSale()
  const holds = history(5, { saleId })
  await deliver(onStockHeld, StockHeld, ...holds, newHold())
  await cancel(newOrderId(newBuyer()), newBuyer()) // in no sale yet
  const seen: AuditedOrder[] = []
  let after: OrderId | undefined
  do {
    const query = `saleId=${saleId}&limit=2${after ? `&after=${after}` : ''}`
    const answer = await app.inject(`/internal/audit/orders?${query}`)
    const { orders, next } = AuditedOrders.parse(answer.json())
    assert.ok(orders.length <= 2)
    seen.push(...orders)
    after = next
  } while (after)
  assert.deepEqual(
    seen.map(({ id }) => id),
    newestFirst(holds).toReversed(),
  )
  const { orderId: id, buyerId, quantity, amountMinor } = holds[0] as TestHold
  const facts = { id, buyerId, quantity, amountMinor }
  assert.deepEqual(seen[0], { ...facts, state: 'pending-payment', reason: null, overdue: false })
})

test('the audit names an order unpaid 30 s after its time, and no other', async (t) => {
  const { app, db, deliver } = await testOrders(t)
  const saleId = newSale()
  const [late, soon, paid] = [newHold({ saleId }), newHold({ saleId }), newHold({ saleId })]
  await deliver(onStockHeld, StockHeld, late, soon, paid)
  await deliver(onPaymentCaptured, PaymentCaptured, moneyFor(paid))
  const overdueSince = async (seconds: number, ...holds: TestHold[]) => {
    const sql = `update orders set pay_by = now() - $1 * interval '1 second' where id = any($2)`
    await db.query(sql, [seconds, holds.map(({ orderId }) => orderId)])
  }
  await overdueSince(31, late, paid)
  await overdueSince(29, soon)
  const answer = await app.inject(`/internal/audit/orders?saleId=${saleId}`)
  const { orders } = AuditedOrders.parse(answer.json())
  const overdue = orders.filter((order) => order.overdue).map(({ id }) => id)
  assert.deepEqual(overdue, [late.orderId])
})

test('an overdue wish of an unknown buyer stands in the audit of every sale', async (t) => {
  const { app, db } = await testOrders(t)
  const id = newOrderId(newBuyer(), Date.now() - HOUR_MS)
  const event = { ...eventOf(StockHeld, newHold()), key: id, data: undefined }
  await db.tx((tx) => onStockHeld.onDead({ tx }, event))
  const answer = await app.inject(`/internal/audit/orders?saleId=${newSale()}`)
  const [order] = AuditedOrders.parse(answer.json()).orders
  assert.deepEqual([order?.id, order?.buyerId, order?.overdue], [id, null, true])
})
