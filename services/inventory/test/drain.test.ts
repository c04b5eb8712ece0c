import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createDrain, type Drain, UNDER_WAY_MAX } from '../src/domain/drain.ts'

type Step = { spanMs: number; more: number; waiting: number }

/** Lets it see these one after the other, after a first look. */
function after(steps: readonly Step[], waiting = UNDER_WAY_MAX): Drain {
  const drain = createDrain()
  let [atMs, done] = [0, 0]
  drain.learn({ waiting, done }, atMs)
  for (const step of steps) {
    atMs += step.spanMs
    done += step.more
    drain.learn({ waiting: step.waiting, done }, atMs)
  }
  return drain
}

const span = fc.integer({ min: 1, max: 5_000 })
const busy = fc.record({
  spanMs: span,
  more: fc.integer({ min: 1, max: 100_000 }),
  waiting: fc.integer({ min: UNDER_WAY_MAX, max: 1_000_000 }),
})
const idle = fc.record({
  spanMs: span,
  more: fc.integer({ min: 0, max: 100 }),
  waiting: fc.integer({ min: 0, max: UNDER_WAY_MAX - 1 }),
})
const any = fc.record({
  spanMs: fc.integer({ min: 0, max: 60_000 }),
  more: fc.integer({ min: -1_000_000, max: 1_000_000 }), // also a count that begins anew
  waiting: fc.integer({ min: 0, max: 1_000_000 }),
})
const rateOf = ({ more, spanMs }: Step) => (more * 1_000) / spanMs

test('of a stage that never had enough to do no rate is known', () => {
  fc.assert(
    fc.property(fc.array(idle), (steps) => {
      assert.equal(after(steps, 0).perSecond(), undefined)
    }),
  )
})

test('the rate is undefined or a number above 0, whatever is read', () => {
  fc.assert(
    fc.property(fc.array(any, { maxLength: 50 }), (steps) => {
      const perSecond = after(steps).perSecond()
      assert.ok(perSecond === undefined || (Number.isFinite(perSecond) && perSecond > 0))
    }),
  )
})

test('it lies between the slowest and the fastest time in which enough waited', () => {
  fc.assert(
    fc.property(fc.array(busy, { minLength: 1 }), (steps) => {
      const rates = steps.map(rateOf)
      const perSecond = after(steps).perSecond() ?? Number.NaN
      assert.ok(perSecond >= Math.min(...rates) * 0.999, `${perSecond} of ${rates}`)
      assert.ok(perSecond <= Math.max(...rates) * 1.001, `${perSecond} of ${rates}`)
    }),
  )
})

test('standing still changes nothing, for however long: the last good rate counts', () => {
  const still = fc.record({ spanMs: span, more: fc.constant(0), waiting: fc.nat(1_000_000) })
  fc.assert(
    fc.property(fc.array(busy, { minLength: 1 }), fc.array(still), (steps, stood) => {
      assert.equal(after([...steps, ...stood]).perSecond(), after(steps).perSecond())
    }),
  )
})

test('a time without enough to do makes it no slower', () => {
  fc.assert(
    fc.property(fc.array(busy, { minLength: 1 }), fc.array(idle), (steps, rest) => {
      const before = after(steps).perSecond() ?? Number.NaN
      assert.ok((after([...steps, ...rest]).perSecond() ?? Number.NaN) >= before * 0.999)
    }),
  )
})

test('batches that take longer than a look count with the looks between them', () => {
  const look = { spanMs: 250, waiting: 5_000 }
  const second = [...Array(3).fill({ ...look, more: 0 }), { ...look, more: 500 }]
  const perSecond = after([...Array(20)].flatMap(() => second)).perSecond() ?? 0
  assert.ok(Math.abs(perSecond - 500) < 25, String(perSecond))
})

test('after an outage of a minute the rate is soon what it was', () => {
  const look = { spanMs: 250, more: 500, waiting: 20_000 }
  const away = { spanMs: 1_000, more: 0, waiting: 20_000 }
  const known = [...Array(40).fill(look), ...Array(60).fill(away)]
  const atOnce = after([...known, look]).perSecond() ?? 0
  assert.ok(atOnce > 1_000 && atOnce < 2_000, String(atOnce))
  const soon = after([...known, ...Array(20).fill(look)]).perSecond() ?? 0
  assert.ok(soon > 1_600, String(soon))
})

test('it follows a ledger that became slower', () => {
  const fast = Array(80).fill({ spanMs: 250, more: 750, waiting: 50_000 })
  const slow = Array(80).fill({ spanMs: 250, more: 100, waiting: 50_000 })
  const perSecond = after([...fast, ...slow]).perSecond() ?? 0
  assert.ok(perSecond > 395 && perSecond < 500, String(perSecond))
})
