import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RollBackRule } from '@flashsale/contracts/http/canary.ts'
import fc from 'fast-check'
import { addTime, countSlower, newTimes, p99Of } from '../src/domain/call-times.ts'
import { createCallWindow } from '../src/domain/call-window.ts'
import { judgeCanary, type Seen } from '../src/domain/judge-canary.ts'

const rule = RollBackRule.parse({}) // 2 % errors, p99 500 ms, twice stable, from 100 calls on

type Facts = { calls: number; errors?: number; ms?: number; slow?: number; slowMs?: number }
/** So many calls, of which `slow` took `slowMs` and the others `ms`. */
function seen({ calls, errors = 0, ms = 10, slow = 0, slowMs = 2_000 }: Facts): Seen {
  const times = newTimes()
  for (let i = 0; i < calls; i++) addTime(times, i < slow ? slowMs : ms)
  return { calls, errors, times }
}
const judge = (canary: Facts, stable: Facts = { calls: 1_000 }) =>
  judgeCanary(rule, { canary: seen(canary), stable: seen(stable) })?.cause

test('a canary that fails more than it may is found, and one just within is not', () => {
  assert.equal(judge({ calls: 1_000, errors: 20 }), undefined)
  assert.equal(judge({ calls: 1_000, errors: 21 }), 'errors')
  assert.equal(judge({ calls: 100, errors: 100 }), 'errors')
})

test('few calls and few faults say nothing', () => {
  assert.equal(judge({ calls: 99, errors: 99, slow: 99 }), undefined)
  assert.equal(judge({ calls: 100, errors: 4 }), undefined) // 4 %, and yet chance
  assert.equal(judge({ calls: 100, errors: 5 }), 'errors')
  assert.equal(judge({ calls: 100, slow: 4 }), undefined)
  assert.equal(judge({ calls: 100, slow: 5 }), 'slow')
  assert.equal(judge({ calls: 0 }, { calls: 0 }), undefined)
})

test('a p99 over the limit is found: more than a hundredth of the calls is slower', () => {
  assert.equal(judge({ calls: 2_000, slow: 20 }), undefined)
  assert.equal(judge({ calls: 2_000, slow: 21 }), 'slow')
  assert.equal(judge({ calls: 2_000, ms: 400 }), undefined) // all of them slow, but within
  assert.equal(judge({ calls: 2_000, ms: 800 }), 'slow')
})

test('what stable suffers from as well is not the fault of the canary', () => {
  assert.equal(judge({ calls: 1_000, errors: 300 }, { calls: 1_000, errors: 200 }), undefined)
  assert.equal(judge({ calls: 1_000, errors: 500 }, { calls: 1_000, errors: 200 }), 'errors')
  assert.equal(judge({ calls: 1_000, errors: 1_000 }, { calls: 1_000, errors: 600 }), undefined)
  assert.equal(judge({ calls: 1_000, ms: 900 }, { calls: 1_000, ms: 600 }), undefined)
  assert.equal(judge({ calls: 1_000, ms: 1_900 }, { calls: 1_000, ms: 600 }), 'slow')
})

test('a stable that is hardly asked excuses nothing', () => {
  assert.equal(judge({ calls: 1_000, errors: 300 }, { calls: 99, errors: 99 }), 'errors')
  assert.equal(judge({ calls: 1_000, errors: 300 }, { calls: 0 }), 'errors')
})

test('a canary that does no worse than stable and than the rule is never left, whatever the numbers', () => {
  const facts = fc.record({
    calls: fc.integer({ min: 0, max: 3_000 }),
    ms: fc.integer({ min: 1, max: 60_000 }),
    errors: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  fc.assert(
    fc.property(facts, ({ calls, ms, errors }) => {
      const same = { calls, ms, errors: Math.floor(errors * calls) }
      assert.equal(judge(same, same), undefined)
    }),
  )
})

test('more errors never help a canary', () => {
  const errors = fc.tuple(fc.nat(1_000), fc.nat(1_000))
  fc.assert(
    fc.property(errors, fc.nat(1_000), ([one, other], ofStable) => {
      const stable = { calls: 1_000, errors: ofStable }
      const [less, more] = [Math.min(one, other), Math.max(one, other)]
      if (judge({ calls: 1_000, errors: less }, stable) === undefined) return
      assert.equal(judge({ calls: 1_000, errors: more }, stable), 'errors')
    }),
  )
})

test('times are right to a fifth, and a limit counts only who is surely over it', () => {
  const ms = fc.array(fc.double({ min: 1, max: 50_000, noNaN: true }), { minLength: 1 })
  fc.assert(
    fc.property(ms, fc.integer({ min: 1, max: 50_000 }), (all, limitMs) => {
      const times = newTimes()
      for (const one of all) addTime(times, one)
      const sorted = [...all].sort((a, b) => a - b)
      const p99 = sorted[Math.ceil(0.99 * all.length) - 1] as number
      assert.ok(p99Of(times) >= p99 * 0.999 && p99Of(times) <= p99 * 1.201, `${p99Of(times)}`)
      const slower = countSlower(times, limitMs)
      assert.ok(slower <= all.filter((one) => one > limitMs).length)
      assert.ok(slower >= all.filter((one) => one > limitMs * 1.2 ** 2).length)
    }),
  )
})

test('the window forgets what is older than it looks back, and all of it when it is cleared', () => {
  const window = createCallWindow()
  const call = { ms: 3, failed: false }
  window.count('canary', { ...call, failed: true }, 1_000)
  window.count('canary', call, 5_999)
  window.count('stable', call, 6_000)
  const calls = (seconds: number, nowMs: number) => {
    const { canary, stable } = window.seen(seconds, nowMs)
    return [canary.calls, canary.errors, stable.calls]
  }
  assert.deepEqual(calls(10, 6_500), [2, 1, 1])
  assert.deepEqual(calls(5, 6_500), [1, 0, 1]) // seconds 2 to 6
  assert.deepEqual(calls(300, 306_000), [0, 0, 0])
  window.count('canary', call, 305_000) // in the place of second 5
  assert.deepEqual(calls(300, 305_000), [1, 0, 1])
  window.clear()
  assert.deepEqual(calls(300, 305_000), [0, 0, 0])
})

test('a counted call is spoilt at most once', () => {
  const window = createCallWindow()
  window.spoil('canary', 0)
  assert.equal(window.seen(30, 0).canary.errors, 0)
  window.count('canary', { ms: 1, failed: true }, 0)
  window.spoil('canary', 0)
  assert.deepEqual([window.seen(30, 0).canary.errors, window.seen(30, 0).stable.errors], [1, 0])
})
