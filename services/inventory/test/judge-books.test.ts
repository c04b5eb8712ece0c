import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditedOrder } from '@flashsale/contracts/http/order.ts'
import { PaymentId } from '@flashsale/contracts/ids.ts'
import { judgeBooks, type Readings } from '../src/domain/judge-books.ts'
import { books, orderId, payment, saleId, uuid } from './books.ts'

const names = (readings: Readings) =>
  judgeBooks(saleId, readings, 1)
    .faults.map(({ name }) => name)
    .sort()

test('books without a fault are exact, and add up', () => {
  const { faults, exact, money, ...counts } = judgeBooks(saleId, books(), 1)
  assert.deepEqual([faults, exact], [[], true])
  const { stock, available, held, sold, withdrawn } = counts
  assert.deepEqual([stock, available, held, sold, withdrawn], [5, 2, 1, 1, 1])
  assert.deepEqual([money.capturedMinor, money.paidMinor], [100, 100])
})

const hold = (order: number, units: number[]) =>
  ({
    kind: 'hold',
    id: '1-0',
    epoch: 1,
    orderId: orderId(order),
    buyerId: `B${order}`,
    key: '',
    fingerprint: '',
    held: units.map((unit) => ({ unit, slot: 1 })),
  }) as const

test('a settled sale needs no Redis that remembers it', () => {
  const readings = books()
  const empty = { ...readings.redis, epoch: 0, last: 0, stock: 0, remembers: false, free: [] }
  readings.redis = { ...empty, owners: new Map(), entries: [] }
  assert.equal(judgeBooks(saleId, readings, 1).exact, false)
  readings.first.settled = true
  assert.equal(judgeBooks(saleId, readings, 1).exact, true)
})

test('what is on its way is counted, and is no fault', () => {
  const taken = books()
  taken.redis.owners.set(3, orderId(9))
  taken.redis.free = []
  taken.redis.entries = [hold(9, [3])]
  assert.equal(judgeBooks(saleId, taken, 1).inFlight, 1)
  assert.deepEqual(names(taken), [])

  const returning = books() // in the ledger free, in Redis not yet
  const open = [{ orderId: orderId(3), unit: 3 }]
  returning.redis.owners.set(3, orderId(3))
  returning.redis.free = []
  returning.first.returns = open
  returning.second.returns = open
  assert.equal(judgeBooks(saleId, returning, 1).inFlight, 1)
  assert.deepEqual(names(returning), [])

  const settling = books() // captured a moment ago, its order has not seen it
  settling.payments.push(payment(2))
  assert.deepEqual(names(settling), [])
  assert.equal(judgeBooks(saleId, settling, 1).money.settlingMinor, 100)

  const waiting = books() // held long ago, its order made late and still in time
  waiting.second.holds.set(orderId(2), { ...holdOf(waiting, 2), overdue: true })
  assert.deepEqual(names(waiting), [])

  const between = books() // held when the ledger was read first, released and sold again since
  between.second.units = [between.second.units[0] as never]
  between.second.holds.set(orderId(2), { ...holdOf(between, 2), state: 'released' })
  between.redis.owners.delete(2)
  between.redis.free = [3, 2]
  assert.deepEqual(names(between), [])
})

const holdOf = (readings: Readings, n: number) => {
  const found = readings.second.holds.get(orderId(n))
  if (!found) throw new Error('no hold')
  return found
}

const planted: Record<string, [string[], (b: Readings) => unknown]> = {
  'a unit that Redis lost': [['unit-taken-by-nobody'], ({ redis }) => void redis.free.pop()],
  'a unit free twice': [['unit-twice-free'], ({ redis }) => void redis.free.push(3)],
  'a unit free that was never handed out': [
    ['unit-twice-free'],
    ({ redis }) => void redis.free.push(5),
  ],
  'a held unit that is free': [
    ['unit-free-and-held', 'unit-free-and-taken'],
    ({ redis }) => void redis.free.push(2),
  ],
  'a withdrawn unit that is free': [
    ['unit-free-and-withdrawn'],
    ({ redis }) => void redis.free.push(4),
  ],
  'a withdrawn unit that would still be handed out': [
    ['unit-free-and-withdrawn'],
    ({ first, second }) => {
      for (const { withdrawn } of [first, second]) withdrawn.push({ first: 5, last: 5 })
    },
  ],
  'a unit taken by an order nobody knows': [
    ['unit-taken-without-row'],
    ({ redis }) => {
      redis.free = []
      redis.owners.set(3, orderId(9))
    },
  ],
  'a unit that an ended order keeps': [
    ['unit-taken-by-ended-order'],
    ({ redis }) => {
      redis.free = []
      redis.owners.set(3, orderId(3))
    },
  ],
  'units that Redis does not offer': [
    ['unit-not-offered'],
    ({ redis }) => Object.assign(redis, { stock: 4 }),
  ],
  'a Redis that forgot': [
    ['redis-forgot'],
    ({ redis }) => Object.assign(redis, { remembers: false }),
  ],
  'a unit sold twice': [
    ['buyer-over-limit', 'hold-with-wrong-units', 'unit-sold-twice', 'units-do-not-add-up'],
    ({ second }) =>
      void second.units.push({ orderId: orderId(2), unit: 1, buyerId: 'B2', slot: 1 }),
  ],
  'a hold that lost its unit': [['hold-with-wrong-units'], ({ second }) => void second.units.pop()],
  'a unit without a hold': [
    ['order-without-hold', 'unit-taken-without-row', 'unit-without-hold', 'units-do-not-add-up'],
    ({ second }) => void second.holds.delete(orderId(2)),
  ],
  'a withdrawn unit that is held': [
    ['unit-held-and-withdrawn'],
    ({ second }) => void second.withdrawn.push({ first: 2, last: 2 }),
  ],
  'an order without a hold': [
    ['order-without-hold'],
    (b) => void b.orders.push({ ...(b.orders[1] as AuditedOrder), id: orderId(7) }),
  ],
  'a paid order whose hold ended': [
    ['hold-with-wrong-units', 'paid-without-live-hold', 'units-do-not-add-up'],
    (b) => void b.second.holds.set(orderId(1), { ...holdOf(b, 1), state: 'released' }),
  ],
  'a buyer over the limit': [
    ['buyer-over-limit'],
    ({ second }) => {
      for (const unit of second.units) unit.buyerId = 'B1'
    },
  ],
  'a hold past its time': [
    ['hold-overdue'],
    (b) => {
      b.orders.splice(1, 1) // its order was never made
      b.second.holds.set(orderId(2), { ...holdOf(b, 2), overdue: true })
    },
  ],
  'an order past its time': [
    ['order-overdue'],
    ({ orders }) => Object.assign(orders[1] ?? {}, { overdue: true }),
  ],
  'a capture without an order': [
    ['capture-without-order'],
    ({ payments }) => void payments.push(payment(8)),
  ],
  'an order captured twice': [
    ['order-captured-twice'],
    ({ payments }) => void payments.push({ ...payment(1), id: PaymentId.parse(uuid(999)) }),
  ],
  'a paid order without its money': [
    ['order-without-capture'],
    ({ payments }) => void payments.pop(),
  ],
  'money that nobody settled': [
    ['capture-unsettled'],
    ({ payments }) => void payments.push(payment(3, { captureAgeMs: 61_000 })),
  ],
  'a paid order of another amount': [
    ['paid-wrong-amount'],
    ({ payments }) => Object.assign(payments[0] ?? {}, { capturedMinor: 99 }),
  ],
  'a refund of more than was captured': [
    ['refunded-too-much', 'refunded-wrong-amount'],
    ({ payments }) => void payments.push(payment(3, { refundState: 'done', refundMinor: 200 })),
  ],
}

for (const [what, [expected, plant]] of Object.entries(planted)) {
  test(`the audit finds and names ${what}`, () => {
    const readings = books()
    plant(readings)
    assert.deepEqual(names(readings), expected)
    assert.equal(judgeBooks(saleId, readings, 1).exact, false)
  })
}
