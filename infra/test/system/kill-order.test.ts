import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { startSystem } from '@flashsale/test-kit/system.ts'
import { countBy } from './buyer.ts'
import { openSale } from './sale.ts'
import { startShoppers } from './shoppers.ts'
import { connectSql, type Sql } from './sql.ts'

test('order killed with holds, payments and questions on their way: each order ends once', async (t) => {
  const system = await startSystem(t)
  const sale = await openSale(system, { stock: 1_000 })
  const ledger = await connectSql(t, system.dbUrls.inventory)
  const orders = await connectSql(t, system.dbUrls.order)

  const shoppers = startShoppers(system, sale.id)
  await shoppers.someHavePaid()
  system.freeze('order') // in the middle of its work
  const late = await sale.hold('late') // its event finds nobody
  await shoppers.manyAreOpen()
  await until(() => isHeld(ledger, late.orderId), { timeoutMs: 5_000, what: 'the late hold' })
  const { open, lost: before } = shoppers.counts
  const behind = (await count(ledger, 'holds')) - (await count(orders, 'orders'))
  await system.kill('order')
  await system.start('order')

  const receipts = await shoppers.done()
  const lost = shoppers.counts.lost - before
  t.diagnostic(`${open} requests open and ${behind} holds behind at the kill, ${lost} answers lost`)
  assert.ok(open >= 100 && behind > 0 && lost > 0)
  await sale.cancelPatiently(late)
  await sale.ends([late, ...receipts])
  const books = await sale.atRest()
  const ends = countBy(await sale.ends(receipts), ({ status }) => status) // late money is back now
  t.diagnostic(`ends: ${JSON.stringify(ends)}`)
  assert.equal(books.sold, ends.paid)
})

const isHeld = async (ledger: Sql, orderId: string) =>
  (await ledger('select from holds where order_id = $1', [orderId])).length === 1

const count = async (sql: Sql, table: string) =>
  (await sql<{ n: number }>(`select count(*)::int as n from ${table}`))[0]?.n ?? 0
