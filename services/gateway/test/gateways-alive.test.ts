import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGatewaysAlive } from '../src/domain/gateways-alive.ts'

const after = (...readings: [seen: number, atMs: number][]) => {
  const alive = createGatewaysAlive()
  for (const [seen, atMs] of readings) alive.learn(seen, atMs)
  return alive.count()
}

test('a new gateway counts at once', () => {
  assert.equal(after(), 1)
  assert.equal(after([3, 0]), 3)
  assert.equal(after([3, 0], [4, 1]), 4)
})

test('one that is gone counts until it was missed for longer than between two beats', () => {
  assert.equal(after([3, 0], [2, 500]), 3)
  assert.equal(after([3, 0], [2, 500], [2, 1_000]), 3)
  assert.equal(after([3, 0], [2, 500], [2, 1_000], [2, 1_500]), 2)
})

test('after Redis forgot everyone, nobody takes the share of all others', () => {
  const back: [number, number][] = [
    [1, 60_000],
    [2, 60_100],
    [1, 60_200],
    [3, 60_500],
  ]
  assert.equal(after([3, 0], ...back), 3)
  assert.equal(after([3, 0], ...back, [2, 61_000], [2, 61_500]), 3) // and then it is counted anew
  assert.equal(after([3, 0], ...back, [2, 61_000], [2, 61_900]), 2)
})

test('what was seen before Redis was away says nothing of those who beat after it', () => {
  assert.equal(after([3, 0], [1, 500], [1, 30_000]), 3)
  assert.equal(after([3, 0], [1, 500], [1, 30_000], [1, 30_500], [3, 30_600]), 3)
  assert.equal(after([3, 0], [1, 500], [1, 30_000], [1, 30_500], [1, 31_000]), 1)
})
