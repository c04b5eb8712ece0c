import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startSystem } from '@flashsale/test-kit/system.ts'
import { countBy } from './buyer.ts'
import { openSale } from './sale.ts'
import { startShoppers } from './shoppers.ts'
import { connectSql } from './sql.ts'

test('payment killed with checkouts and callbacks on their way: no money is lost or taken twice', async (t) => {
  const system = await startSystem(t)
  const sale = await openSale(system, { stock: 1_000 })
  const payments = await connectSql(t, system.dbUrls.payment)

  const late = await sale.hold('late')
  const latePayment = await sale.openCheckout(late)
  const shoppers = startShoppers(system, sale.id)
  await shoppers.someHavePaid()
  system.freeze('payment') // in the middle of its work
  await sale.payAtBank(latePayment) // its callback finds nobody
  await shoppers.manyAreOpen()
  const { open, lost: before, paid } = shoppers.counts
  const [row] = await payments<{ n: number }>(
    `select count(*)::int as n from payments where state = 'captured'`,
  )
  const behind = paid + 1 - (row?.n ?? 0)
  await system.kill('payment')
  await system.start('payment')

  const receipts = await shoppers.done()
  const lost = shoppers.counts.lost - before
  t.diagnostic(`${open} requests open and ${behind} captures behind at the kill, ${lost} lost`)
  assert.ok(open >= 100 && behind > 0 && lost > 0)
  const all = [late, ...receipts]
  await sale.ends(all)
  const books = await sale.atRest()
  const ends = countBy(await sale.ends(all), ({ status }) => status) // late money is back now
  t.diagnostic(`ends: ${JSON.stringify(ends)}`)
  assert.equal(books.sold, ends.paid)
})
