import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Audit } from '@flashsale/contracts/http/audit.ts'
import type { End, Receipt } from '../src/demo/receipts.ts'
import { createAuditBook } from '../src/drill/audit-book.ts'
import { createReport } from '../src/drill/report.ts'
import type { Struck } from '../src/drill/scene.ts'
import { type Gathered, summarize } from '../src/drill/summary.ts'
import { page } from '../src/drill/tables.ts'
import { verify } from '../src/drill/verify.ts'
import { booksOf, buyerOf } from './demo-facts.ts'

const run = {
  commit: 'c0ffee',
  command: './dev drill',
  date: '2026-11-21T00:00:00.000Z',
  machine: { cpus: 2, cpuModel: 'a core', memoryGiB: 24, node: 'v24' },
  seed: 1,
  minutes: 1,
  attemptsPerSecond: 80,
  startUpMs: 1,
  drillMs: 2,
}

function gathered(values: Partial<Gathered> = {}): Gathered {
  const deskOfNobody = { audit: async () => undefined } as never
  return {
    run,
    report: createReport(),
    books: createAuditBook(deskOfNobody, () => false),
    receipts: [receipt('one', { status: 'paid' })],
    checks: [],
    sales: 1,
    arrivals: 1,
    turnedAway: 0,
    attempts: 1,
    answers: new Map([['202 accepted', 1]]),
    answersLost: 0,
    buyMs: [1],
    faults: [],
    faultCount: 0,
    stoppedBy: undefined,
    ...values,
  }
}

function receipt(orderId: string, end: End | undefined, more: Partial<Receipt> = {}): Receipt {
  const buyer = buyerOf('pay', `B-${orderId}`)
  const taken = { token: 't', key: undefined, quantity: 1, takenAt: 0, acceptedAt: 1 }
  return { buyer, orderId, ...taken, ...(end && { end }), ...more }
}

const struck: Struck = { answersLost: 3, awayMs: 0, answersAfterMs: 800, driftZeroAfterMs: 1_200 }

test('a drill in which all held passes', () => {
  const summary = summarize(gathered())
  assert.deepEqual(summary.failures, [])
  assert.ok(summary.passed)
  assert.match(page(summary), /PASSED/)
})

const report = () => createReport()
const claimed = (holds: boolean) => {
  const one = report()
  one.claim('it struck', holds)
  return one
}
const lost = (accepted: number) => {
  const one = report()
  one.writesLost(accepted)
  return one
}
const broken: Record<string, [Partial<Gathered>, RegExp]> = {
  'a scene that did not show what it claims': [{ report: claimed(false) }, /not seen: it struck/],
  'a Redis that lost no acknowledged write': [{ report: lost(0) }, /no acknowledged write/],
  'a receipt without an end': [{ receipts: [receipt('one', undefined)] }, /1 receipts have no end/],
  'nobody who got anything': [{ receipts: [] }, /nobody got a 202/],
  'a count that differs': [
    { checks: [{ what: 'units', left: 1, right: 2, holds: false }] },
    /units: 1, 2/,
  ],
  'something that must never happen': [{ faultCount: 1 }, /must never happen/],
  'a system that did not come to rest': [{ stoppedBy: 'it was late' }, /it was late/],
}
for (const [what, [facts, failure]] of Object.entries(broken)) {
  test(`a drill fails with ${what}`, () => {
    const summary = summarize(gathered(facts))
    assert.equal(summary.passed, false)
    assert.match(summary.failures.join('\n'), failure)
    assert.match(page(summary), /FAILED/)
  })
}

test('kills are counted by component, and a promotion is one', () => {
  const all = report()
  for (const way of ['killed', 'frozen', 'promoted'] as const) {
    all.struck({ ...struck, component: 'redis', way, name: 'redis' })
  }
  all.struck({ ...struck, component: 'kafka', way: 'killed', name: 'kafka-2' })
  const { kills, killsByComponent, driftZeroAfterMs } = summarize(gathered({ report: all }))
  assert.equal(kills, 3)
  assert.deepEqual(killsByComponent, { redis: 2, kafka: 1 })
  assert.deepEqual(driftZeroAfterMs, { count: 4, p50: 1_200, p99: 1_200, max: 1_200 })
})

const audited = async (books: Partial<Audit> | undefined, redisIsStruck: boolean) => {
  const desk = { audit: async () => books && booksOf(books) } as never
  const book = createAuditBook(desk, () => redisIsStruck)
  await book.read('sale')
  return book.counts
}
const none = { exact: 0, unavailable: 0, forgot: 0, inexact: 0 }
const forgot = { exact: false, faults: [{ name: 'redis-forgot', count: 1, examples: [] }] }

test('an audit that is not exact fails the drill, but for a Redis that says it forgot while struck', async () => {
  assert.deepEqual(await audited({ exact: true }, false), { ...none, exact: 1 })
  assert.deepEqual(await audited(undefined, false), { ...none, unavailable: 1 })
  assert.deepEqual(await audited(forgot, true), { ...none, forgot: 1 })
  assert.deepEqual(await audited(forgot, false), { ...none, inexact: 1 })
  const drift = { exact: false, faults: [{ name: 'unit-twice-free', count: 1, examples: [] }] }
  assert.deepEqual(await audited(drift, true), { ...none, inexact: 1 })
})

const notRecorded: End = { status: 'cancelled', reason: 'not-recorded' }
const unpaid: End = { status: 'cancelled', reason: 'unpaid' }

function differing(receipts: Receipt[], forgotten: string[], recorded: string[] = []): string[] {
  const books = { forgotten: new Set(forgotten), recorded: new Set(recorded) }
  const audit = booksOf({ stock: 9, withdrawn: 9, exact: true })
  const sales = [{ saleId: 'sale', receipts, audit }]
  const checks = verify({ sales, statement: [], report: books })
  return checks.filter(({ holds }) => !holds).map(({ what }) => what)
}

test('what Redis forgot for good ends as not-recorded, and nothing else does', () => {
  assert.deepEqual(differing([receipt('lost', notRecorded)], ['lost']), [])
  assert.deepEqual(differing([receipt('lost', unpaid)], ['lost']), [
    'forgotten by Redis and unknown to the ledger, of these not-recorded',
  ])
  assert.deepEqual(differing([receipt('kept', notRecorded)], []), [
    'accepted, not forgotten by Redis, and yet not-recorded',
  ])
  assert.equal(differing([receipt('kept', notRecorded)], [], ['kept']).length, 2)
})

test('a key names one order, but where Redis forgot the first', () => {
  const of = (orderId: string, end: End) =>
    receipt(orderId, end, { buyer: buyerOf('pay', 'B-1'), key: 'k' })
  assert.deepEqual(differing([of('one', unpaid), of('two', unpaid)], []), [
    'keys that gave two orders',
  ])
  assert.deepEqual(differing([of('one', notRecorded), of('two', unpaid)], ['one']), [])
})

test('a buyer who paid for more than the limit is found by the receipts', () => {
  const of = (orderId: string) =>
    receipt(orderId, { status: 'paid' }, { buyer: buyerOf('pay', 'B-1'), quantity: 2 })
  assert.ok(
    differing([of('one'), of('two')], []).includes('buyers over the limit by their receipts'),
  )
})
