import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startSystem } from '@flashsale/test-kit/system.ts'
import { countBy } from './buyer.ts'
import { connectRedis } from './redis.ts'
import { assertToldTruth, learnTruth, ordersCatchUp, payOrCancel, startRush } from './rush.ts'
import { openSale } from './sale.ts'
import { connectSql, holdFence } from './sql.ts'

test('inventory killed with its stream full of holds: none is lost, none is twice, none is untold', async (t) => {
  const system = await startSystem(t)
  const sale = await openSale(system, { stock: 5_000 })
  const ledger = await connectSql(t, system.dbUrls.inventory)
  const orders = await connectSql(t, system.dbUrls.order)
  const { streamLength } = connectRedis(t, system, sale.id)

  const release = await holdFence(ledger) // the ledger writer waits in its transaction
  const rush = startRush(sale)
  await rush.atItsHeight()
  const [open, inStream] = [rush.open(), await streamLength()]
  system.freeze('inventory') // in the middle of its work
  await rush.hears('202 unconfirmed') // what it was asked, it tells nobody
  await system.kill('inventory')
  assert.ok(inStream > 0, 'nothing was on its way to the ledger')
  const attempts = await rush.stop()
  const said = countBy(attempts, (one) => one.said)
  t.diagnostic(`${open} open, ${inStream} in the stream at the kill: ${JSON.stringify(said)}`)
  assert.ok(open >= 100, `only ${open} requests were open`)
  await release()
  await system.start('inventory')

  await ordersCatchUp({ ledger, orders }, sale)
  const receipts = await learnTruth(sale, attempts)
  await sale.settled()
  await assertToldTruth(ledger, sale, receipts)
  await payOrCancel(sale, receipts)
  await sale.ends(receipts)
  const books = await sale.atRest()
  assert.equal(books.sold, Math.ceil(receipts.length / 2))
})
