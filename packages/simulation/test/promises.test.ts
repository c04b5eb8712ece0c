import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Hold } from '../src/ledger.ts'
import { brokenAtRest, brokenNow } from '../src/promises.ts'
import { createRandom } from '../src/random.ts'
import { type Buying, newWorld, type World } from '../src/world.ts'

const size = {
  ...{ buyers: 2, stock: 3, perBuyer: 1, steps: 0, faults: 0, crashes: 0 },
  ...{ timeShare: 0, wishShare: 0, tickMs: 1 },
}
const domain = { nextMove: () => undefined, moveOn: () => ({ from: [], to: '' }) }

/** A sale at rest: its first order is paid, and two units are free. */
function atRest(): World {
  const world = newWorld(size, domain, createRandom(1), new Set())
  const { memory } = world.redis
  memory.last = 1
  memory.owners.set(1, 1)
  memory.slots.set('1:1', 1)
  world.attempts.push(attempt(1, 'accepted'))
  world.ledger.holds.set(1, hold(1, 1, 1))
  world.orders.set(1, { state: 'paid', payBy: 0 })
  world.bank.set(1, { state: 'captured', callbacks: 0, refunded: false })
  return world
}

const attempt = (order: number, told: Buying['told']): Buying => ({
  ...{ order, buyer: order, quantity: 1, epoch: 1, deadlineMs: 0 },
  ...{ told, isUnderWay: false, isFickle: false },
})
const hold = (order: number, buyer: number, unit: number): Hold => ({
  ...{ order, buyer, units: [unit], slots: [1], epoch: 1, state: 'sold' },
})

const atOnce: [RegExp, (world: World) => unknown][] = [
  [/^P1: u1 is o1’s and o2’s$/, ({ ledger }) => ledger.holds.set(2, hold(2, 2, 1))],
  [/^P1: u9 was never for sale$/, ({ ledger }) => ledger.holds.set(2, hold(2, 2, 9))],
  [/^P1: o1 is paid and holds no units$/, ({ ledger }) => ledger.holds.delete(1)],
  [/^P3: buyer 1 has 2 units, at most 1$/, ({ ledger }) => ledger.holds.set(2, hold(2, 1, 2))],
  [
    /^P8: o1 holds units after the final no$/,
    (world) => world.attempts.splice(0, 1, attempt(1, 'final no')),
  ],
]
const inTheEnd: [RegExp, (world: World) => unknown][] = [
  [/^P2: Redis forgot/, ({ redis }) => redis.runId++],
  [/^P2: Redis is at another epoch/, ({ ledger }) => ledger.epoch++],
  [
    /^P2: holds wait in the stream/,
    ({ redis }) =>
      redis.memory.stream.push({ id: 1, epoch: 1, order: 2, buyer: 2, units: [2], slots: [1] }),
  ],
  [/^P2: a unit is twice free in Redis: 2,2,3$/, ({ redis }) => redis.memory.free.push(2)],
  [/^P2: u1 is o1’s and free in Redis$/, ({ redis }) => redis.memory.free.push(1)],
  [/^P2: u2 is lost/, ({ redis }) => (redis.memory.last = 2)],
  [/^P2: u1 is another order’s in Redis$/, ({ redis }) => redis.memory.owners.set(1, 7)],
  [/^P3: the slot 2:1 is filled by nobody$/, ({ redis }) => redis.memory.slots.set('2:1', 1)],
  [/^P3: the slot 1:1 is empty in Redis$/, ({ redis }) => redis.memory.slots.clear()],
  [/^P4: o2 was told yes and is nothing$/, ({ attempts }) => attempts.push(attempt(2, 'accepted'))],
  [/^P4: o2 never got an answer$/, ({ attempts }) => attempts.push(attempt(2, 'unconfirmed'))],
  [
    /^P4: o1 holds units for ever$/,
    ({ orders }) => orders.set(1, { state: 'cancelled', payBy: 0 }),
  ],
  [/^P4: o2 stays refunding$/, ({ orders }) => orders.set(2, { state: 'refunding', payBy: 0 })],
  [
    /^P5: o1 is paid, and its money is not there$/,
    ({ bank }) => bank.set(1, { state: 'captured', callbacks: 0, refunded: true }),
  ],
  [
    /^P5: o2 is cancelled, and its money is kept$/,
    ({ bank, orders }) => {
      orders.set(2, { state: 'cancelled', payBy: 0 })
      bank.set(2, { state: 'captured', callbacks: 0, refunded: false })
    },
  ],
]

test('a sale at rest breaks no promise', () => {
  assert.equal(brokenNow(atRest()), undefined)
  assert.equal(brokenAtRest(atRest()), undefined)
})

for (const [judge, cases] of [
  [brokenNow, atOnce],
  [brokenAtRest, [...atOnce, ...inTheEnd]],
] as const) {
  for (const [said, plant] of cases) {
    test(`${judge.name} says ${said.source}`, () => {
      const world = atRest()
      plant(world)
      assert.match(judge(world) ?? 'nothing', said)
    })
  }
}
