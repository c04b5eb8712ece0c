import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AuditNote, rushAuditsMin } from '../src/demo/audits.ts'
import type { StatementLine } from '../src/demo/bank.ts'
import { plans, scenes, ways } from '../src/demo/behaviours.ts'
import type { Buyer } from '../src/demo/cast.ts'
import { crossCheck } from '../src/demo/cross-check.ts'
import { block, plainLine } from '../src/demo/draw.ts'
import { createReceipts, type Receipt } from '../src/demo/receipts.ts'
import { summarize } from '../src/demo/summary.ts'
import { page } from '../src/demo/tables.ts'
import { createWaiters } from '../src/demo/waiters.ts'
import {
  allPlans,
  allWays,
  booksOf,
  buyerOf,
  facts,
  noMoney,
  receiptOf,
  snapshot,
} from './demo-facts.ts'

test('answers that name the same order are one receipt; units beyond the stock were sold again', () => {
  const news: Receipt[] = []
  const receipts = createReceipts((receipt) => void news.push(receipt))
  receipts.setStock(3)
  const take = (name: string, key: string | undefined, body: object) => {
    const answer = { status: 202, code: 'accepted', replayed: false, retryAfterMs: 0, body }
    return receipts.take({ buyer: buyerOf('pay', name), token: 't', key, quantity: 2 }, answer)
  }

  const first = take('A', 'k', { orderId: 'order-1', status: 'accepted' })
  assert.equal(take('A', 'k', { orderId: 'order-1', status: 'accepted' }), first)
  const unknown = take('B', 'k', { status: 'unconfirmed' })
  assert.equal(receipts.all().length, 2) // the key is a receipt too
  assert.equal(take('B', 'k', { orderId: 'order-2', status: 'accepted' }), unknown)
  take('C', undefined, { orderId: 'order-3', status: 'unconfirmed' })

  assert.equal(receipts.answers(), 5)
  assert.deepEqual(news.map(({ orderId }) => orderId).sort(), ['order-1', 'order-2', 'order-3'])
  assert.equal(receipts.unitsResold(), 3)
})

test('who waits for the restock is not called before it, and all go home at the end', async () => {
  const waiters = createWaiters()
  const order: string[] = []
  const wait = async (line: Buyer['waitsFor']) => {
    const go = await waiters.turn(line)
    order.push(`${line} ${go}`)
  }
  const all = [wait('restock'), wait('returns'), wait('only-restock')]
  waiters.release()
  await all[1]
  waiters.restocked()
  waiters.release()
  await Promise.all(all)
  assert.deepEqual(order, ['returns true', 'only-restock true', 'restock true'])
  const late = wait('returns')
  waiters.goHome()
  await Promise.all([late, wait('restock')])
  assert.deepEqual(order.slice(3), ['returns false', 'restock false'])
})

test('receipts, books and bank that agree hold; each that differs is named', () => {
  const receipts = [receiptOf('pay', { status: 'paid', amountMinor: 100 }, 'p-1')]
  receipts.push(receiptOf('pay-late', { status: 'refunded', reason: 'unpaid' }, 'p-2'))
  receipts.push(receiptOf('abandon', { status: 'cancelled', reason: 'unpaid' }))
  const statement = [
    { kind: 'capture', paymentId: 'p-1', amountMinor: 100 },
    { kind: 'capture', paymentId: 'p-2', amountMinor: 100 },
    { kind: 'refund', paymentId: 'p-2', amountMinor: 100 },
  ] as const
  const money = { capturedMinor: 200, paidMinor: 100, refundedMinor: 100 }
  const audit = booksOf({ stock: 3, sold: 1, withdrawn: 2, money: { ...noMoney, ...money } })
  const broken = (lines: readonly StatementLine[], books = audit) =>
    crossCheck({ receipts, audit: books, statement: [...lines] })
      .filter(({ holds }) => !holds)
      .map(({ what }) => what)

  assert.deepEqual(broken(statement), [])
  assert.ok(broken(statement, { ...audit, sold: 2 }).some((what) => what.includes('units sold')))
  const notBack = broken(statement.slice(0, 2))
  assert.ok(notBack.includes('refunded receipts not refunded in full'))
  const twice = broken([...statement, statement[0]])
  assert.ok(twice.includes('paid receipts not captured once in full'))
  const stranger = { kind: 'capture', paymentId: 'p-9', amountMinor: 100 } as const
  assert.ok(broken([...statement, stranger]).includes('captures without a receipt'))
})

test('the summary passes when everything was seen', () => {
  const summary = summarize(facts())
  assert.deepEqual(summary.failures, [])
  assert.equal(summary.passed, true)
  assert.match(page(summary), /PASSED/)
})

test('a behaviour or an end that was never seen fails the demo by its name', () => {
  for (const way of allWays) {
    const { failures } = summarize(facts({ withoutWay: way }))
    assert.equal(failures.length, 1)
    assert.ok(failures[0]?.includes(ways[way].label), failures[0])
  }
  for (const plan of allPlans) {
    const { failures } = summarize(facts({ withoutPlan: plan }))
    assert.ok(failures.some((failure) => failure.includes(plans[plan].label)))
  }
  for (const [name, label] of Object.entries(scenes).filter(([name]) => name !== 'quantity-2')) {
    const { failures } = summarize(facts({ withoutScene: name }))
    assert.deepEqual(failures, [`never seen: ${label}`])
  }
})

test('a receipt without an end, an audit that is not exact and too few audits each fail it', () => {
  const open = facts()
  open.receipts.push(receiptOf('pay', undefined))
  assert.deepEqual(summarize(open).failures, ['1 receipts have no end'])
  assert.match(page(summarize(open)), /FAILED/)

  const inexact = facts()
  const note: AuditNote = { atMs: 1, tookMs: 1, when: 'rush', exact: false }
  inexact.audits.notes.push(note)
  assert.deepEqual(summarize(inexact).failures, ['1 audits were not exact'])

  const few = facts()
  few.audits.whileAsking = () => rushAuditsMin - 1
  assert.equal(summarize(few).failures.length, 1)
  assert.match(summarize({ ...facts(), died: ['order'] }).failures.join(), /order died/)
  const stopped = { ...facts(), stoppedBy: 'waited 5 s for nothing' }
  assert.match(summarize(stopped).failures.join(), /waited 5 s for nothing/)
})

test('the block is never wider than its screen and keeps its height', () => {
  const paint = (text: string) => text
  const refused = new Map(
    ['sold-out', 'limit-reached', 'rate-limited', 'sale-not-open'].map((name) => [name, 12_345]),
  )
  for (const columns of [40, 60, 80, 200]) {
    const lines = block(
      'flash sale · a title that is rather long',
      { ...snapshot, refused },
      { columns, paint },
    )
    assert.equal(lines.length, block('', snapshot, { columns, paint }).length)
    for (const line of lines) assert.ok(line.length < columns, `${line.length}: ${line}`)
  }
  assert.match(plainLine({ ...snapshot, refused }), /refused 49,380 \(sold-out 12,345/)
})
