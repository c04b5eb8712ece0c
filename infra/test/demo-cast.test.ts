import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Way } from '../src/demo/behaviours.ts'
import { buyersMin, castOf, perBuyerLimit } from '../src/demo/cast.ts'
import { readOptions } from '../src/demo/options.ts'
import { UsageError } from '../src/plain-error.ts'
import { allPlans, allWays, defaults } from './demo-facts.ts'

test('the same seed plays the same cast, another seed another one', () => {
  assert.deepEqual(castOf(defaults), castOf(defaults))
  assert.notDeepEqual(castOf(defaults).buyers, castOf({ ...defaults, seed: 2 }).buyers)
})

test('every cast has as many buyers as asked for, and among them each behaviour', () => {
  const sizes = [defaults, { stock: 30, buyers: buyersMin }, { stock: 20, buyers: buyersMin }]
  for (const size of sizes) {
    for (let seed = 0; seed < 50; seed++) {
      const { buyers } = castOf({ ...size, seed })
      assert.equal(buyers.length, size.buyers)
      assert.deepEqual(new Set(buyers.map(({ way }) => way)), new Set(allWays))
      const able = buyers.filter(({ way }) => way !== 'no-token' && way !== 'malformed')
      assert.deepEqual(new Set(able.map(({ plan }) => plan)), new Set(allPlans))
      assert.ok(able.some(({ way, quantity }) => way === 'plain' && quantity === 2))
    }
  }
})

test('who needs units to show a behaviour comes before the crowd, and finds enough of them', () => {
  for (let seed = 0; seed < 50; seed++) {
    const { buyers, stock } = castOf({ stock: 20, buyers: buyersMin, seed })
    const inTime = buyers.filter(({ row }) => row === 'front')
    const units = inTime.reduce((sum, { way, quantity }) => {
      return sum + (way === 'two-devices' ? perBuyerLimit : quantity)
    }, 0)
    assert.ok(units <= stock)
    assert.deepEqual(new Set(inTime.map(({ plan }) => plan)), new Set(allPlans))
    const needUnits: Way[] = ['double-click', 'lost-answer', 'two-devices', 'other-body', 'no-key']
    for (const way of needUnits) assert.ok(inTime.some((buyer) => buyer.way === way))
  }
})

test('sizes that leave no room for each behaviour are refused by name', () => {
  const refusal = (size: { stock: number; buyers: number }, names: RegExp) =>
    assert.throws(() => castOf({ ...size, seed: 1 }), { constructor: UsageError, message: names })
  refusal({ stock: 20, buyers: 59 }, /--buyers 59 is too small/)
  refusal({ stock: 10, buyers: 5_000 }, /--stock 10 is too small/)
  refusal({ stock: 4_000, buyers: 1_000 }, /--buyers 1000 is too small: 4000 units/)
})

test('a bad argument is refused in a line that names it', () => {
  const refused = (args: string[], names: RegExp) =>
    assert.throws(() => readOptions(args), { constructor: UsageError, message: names })
  refused(['--stock', 'many'], /--stock takes a whole number from 1 to \d+, not many/)
  refused(['--buyers', '0'], /--buyers/)
  refused(['--seed', '1.5'], /--seed/)
  refused(['--json', '/no/such/folder/file'], /--json/)
  assert.deepEqual(readOptions([]), { ...defaults, json: undefined })
})
