import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startSystem } from '@flashsale/test-kit/system.ts'
import { bankStatement } from './auditor.ts'
import { openSale, outcome } from './sale.ts'
import { connectSql, holdFence, liveUnits } from './sql.ts'

const WINDOW_SECONDS = 5 // the shortest there is

test('units of unpaid orders are sold again; money that comes after that goes back once', async (t) => {
  const system = await startSystem(t)
  const sale = await openSale(system, { stock: 3, paymentWindowSeconds: WINDOW_SECONDS })
  const first = await Promise.all(['a', 'b', 'c'].map((user) => sale.hold(user)))
  assert.equal(outcome(await sale.buy('d')), '409 sold-out')
  const [late = '', paidTwice = ''] = await Promise.all(first.map(sale.openCheckout))

  const ends = await sale.ends(first)
  assert.deepEqual(
    ends.map(({ status, reason }) => [status, reason]),
    first.map(() => ['cancelled', 'unpaid']),
  )
  await sale.settled() // Redis has its units back
  await sale.shows('open')
  const second = await Promise.all(['d', 'e', 'f'].map((user) => sale.hold(user)))
  const paid = await Promise.all(second.slice(1).map(sale.openCheckout))
  await Promise.all(paid.map((paymentId) => sale.payAtBank(paymentId)))

  await sale.payAtBank(late, { copies: 5 }) // the cancelled order's page was still open
  await sale.payAtBank(paidTwice)
  await sale.payAtBank(paidTwice)
  const [a, b, c] = first
  if (!a || !b || !c) throw new Error('three held')
  await sale.becomes(a, 'refunded')
  assert.equal((await sale.becomes(b, 'refunded')).reason, 'unpaid')
  await sale.ends(second)

  const books = await sale.atRest()
  assert.equal(books.sold, 2)
  assert.equal(books.available, 1)
  assert.equal(books.money.refundedMinor, 2 * 9900)
  const { lines } = await bankStatement(system)
  for (const paymentId of [late, paidTwice]) {
    const kinds = lines.filter((line) => line.paymentId === paymentId).map(({ kind }) => kind)
    assert.deepEqual(kinds.sort(), ['capture', 'refund'])
  }
  assert.equal((await sale.checkout(c)).status, 409)
})

test('who cancels before the order is there is told so, and it ends as cancelled by the buyer', async (t) => {
  const system = await startSystem(t)
  const sale = await openSale(system, { stock: 2, perBuyerLimit: 2 })
  const ledger = await connectSql(t, system.dbUrls.inventory)

  const release = await holdFence(ledger) // the hold stays in the stream
  const receipt = await sale.hold('ann', { quantity: 2 })
  const wish = await sale.cancel(receipt)
  assert.deepEqual(wish.body, { id: receipt.orderId, status: 'accepted' })
  assert.deepEqual((await sale.cancel(receipt)).body, wish.body)
  assert.equal((await sale.order(receipt)).body.status, 'accepted')
  assert.equal(outcome(await sale.buy('bob')), '409 sold-out') // nothing is given back on a wish
  await release()

  const { reason } = await sale.becomes(receipt, 'cancelled')
  assert.equal(reason, 'by-buyer')
  assert.equal((await sale.cancel(receipt)).body.status, 'cancelled')
  const books = await sale.atRest()
  assert.equal(books.available, 2)
  assert.deepEqual(await liveUnits(ledger, sale.id), [])
  await sale.shows('open')
  await sale.hold('ann', { quantity: 2 }) // her slots are empty again, too
})
