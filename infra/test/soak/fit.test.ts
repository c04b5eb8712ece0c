import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '@flashsale/simulation/random.ts'
import { fitLine, judge, lastTwoThirds, lows, type Point } from '../../src/soak/fit.ts'

const minute = 60_000
const minutes = (count: number, value: (at: number) => number): Point[] =>
  Array.from({ length: count }, (_, at) => ({ atMs: at * minute, value: value(at) }))

test('a straight line has its growth an hour and no error', () => {
  const growth = fitLine(minutes(30, (at) => 100 + 2 * at))
  assert.ok(growth)
  assert.ok(Math.abs(growth.perHour - 120) < 1e-6)
  assert.ok(growth.error < 1e-6)
  assert.equal(growth.mean, 129)
})

test('the true slope of noisy figures lies within the error, nearly always', () => {
  const random = createRandom(7)
  const tries = Array.from({ length: 400 }, () => {
    const noise = () => random.next() + random.next() + random.next() - 1.5
    return fitLine(minutes(60, (at) => 50 + 0.5 * at + 10 * noise()))
  })
  const within = tries.filter((growth) => {
    return growth && Math.abs(growth.perHour - 30) <= growth.error
  })
  assert.ok(within.length > 0.9 * tries.length, `${within.length} of ${tries.length}`)
  assert.ok(within.length < tries.length, 'an error that is never exceeded says nothing')
})

test('two points, or one moment, have no line', () => {
  assert.equal(fitLine(minutes(2, () => 1)), undefined)
  const once = [1, 2, 3].map((value) => ({ atMs: 5, value }))
  assert.equal(fitLine(once), undefined)
})

test('garbage that is collected now and then is not growth, what stays each time is', () => {
  const sawtooth = minutes(60, (at) => 10 + 7 * ((at + 3) % 5))
  const lowest = fitLine(lows(sawtooth, 6))
  assert.equal(lowest?.perHour, 0)
  const leak = fitLine(
    lows(
      minutes(60, (at) => 10 + 7 * ((at + 3) % 6) + at),
      6,
    ),
  )
  assert.ok(leak && Math.abs(leak.perHour - 60) < 1e-6)
})

test('only the last two thirds count', () => {
  assert.deepEqual(lastTwoThirds([1, 2, 3, 4, 5, 6]), [3, 4, 5, 6])
})

test('it grows only when the line surely rises by more than the bound', () => {
  const growth = { perHour: 30, error: 5, mean: 100 }
  const goesOn = { ...growth, perHour: 21 }
  const stopped = { ...growth, perHour: 19 }
  assert.equal(judge(growth, goesOn, 40), 'flat')
  assert.equal(judge(growth, goesOn, 20), 'grows')
  assert.equal(judge(growth, undefined, 20), 'grows')
  assert.equal(judge(growth, stopped, 20), 'unclear')
  assert.equal(judge({ ...growth, error: 15 }, goesOn, 20), 'unclear')
  assert.equal(judge({ ...growth, perHour: -90 }, goesOn, 20), 'flat')
})
