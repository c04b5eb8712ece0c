import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startSystem } from '@flashsale/test-kit/system.ts'
import { countBy } from './buyer.ts'
import { assertToldTruth, learnTruth, ordersCatchUp, payOrCancel, startRush } from './rush.ts'
import { openSale } from './sale.ts'
import { connectSql } from './sql.ts'

test('a gateway killed in the rush loses answers, and no order: each buyer learns the truth', async (t) => {
  const system = await startSystem(t)
  const sale = await openSale(system, { stock: 5_000 })
  const ledger = await connectSql(t, system.dbUrls.inventory)
  const orders = await connectSql(t, system.dbUrls.order)

  const rush = startRush(sale)
  await rush.atItsHeight()
  const open = rush.open()
  await system.kill('gateway')
  const attempts = await rush.stop()
  const said = countBy(attempts, (one) => one.said)
  t.diagnostic(`${open} requests open at the kill, then ${JSON.stringify(said)}`)
  assert.ok(open >= 100, `only ${open} requests were open`)
  assert.ok((said.lost ?? 0) > 0, 'no answer was lost by the kill')
  await system.start('gateway')

  await ordersCatchUp({ ledger, orders }, sale)
  const receipts = await learnTruth(sale, attempts)
  await sale.settled()
  await assertToldTruth(ledger, sale, receipts)
  await payOrCancel(sale, receipts)
  await sale.ends(receipts)
  const books = await sale.atRest()
  assert.equal(books.sold, Math.ceil(receipts.length / 2))
})
