import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, pairedRatios, quantile, spread } from '../../src/bench/statistics.ts'

test('the median is the middle of odd counts and between the two middle ones of even counts', () => {
  assert.equal(median([9, 1, 5]), 5)
  assert.equal(median([10, 1, 2, 9]), 5.5)
  assert.equal(median([7]), 7)
  assert.throws(() => median([]), RangeError)
})

test('a quantile is a value that was measured, and numbers are not sorted as text', () => {
  const values = Float64Array.from({ length: 100 }, (_, i) => 100 - i)
  assert.equal(quantile(values, 0.5), 50)
  assert.equal(quantile(values, 0.99), 99)
  assert.equal(quantile(values, 1), 100)
  assert.equal(quantile([3], 0.99), 3)
  assert.equal(quantile([9, 10, 100], 0.5), 10)
  assert.throws(() => quantile([], 0.5), RangeError)
})

test('a machine that is slower in some rounds does not change the ratio of what ran in them', () => {
  const speed = [1, 0.2, 0.7, 3, 0.5]
  const [ones, others] = [speed.map((s) => 300 * s), speed.map((s) => 1_000 * s)]
  const { median: middle, low, high } = pairedRatios(ones, others)
  for (const ratio of [middle, low, high]) assert.ok(Math.abs(ratio - 0.3) < 1e-9)
  assert.notEqual(spread(ones).low, spread(ones).high)
})

test('one bad round moves the range and not the median; a round without its pair does not count', () => {
  assert.deepEqual(pairedRatios([5, 5, 1], [10, 10, 10]), { median: 0.5, low: 0.1, high: 0.5 })
  assert.deepEqual(pairedRatios([5, 100], [10]), { median: 0.5, low: 0.5, high: 0.5 })
})
