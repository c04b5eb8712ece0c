import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRedisClock } from '../src/domain/redis-clock.ts'

test('before the first reading there is no Redis time', () => {
  assert.equal(createRedisClock().nowMs(5), undefined)
})

test('with any delays on the way, the error is at most half of the quickest round trip', () => {
  const trip = fc.record({
    outMs: fc.integer({ min: 0, max: 400 }),
    backMs: fc.integer({ min: 0, max: 400 }),
  })
  const offsets = fc.integer({ min: -1e9, max: 1e9 })
  fc.assert(
    fc.property(offsets, fc.array(trip, { minLength: 1 }), (offset, trips) => {
      const clock = createRedisClock()
      let hereMs = 1000
      let quickestMs = Number.POSITIVE_INFINITY
      for (const { outMs, backMs } of trips) {
        hereMs += 250
        const receivedAtMs = hereMs + outMs + backMs
        clock.learn({ redisTimeMs: hereMs + outMs + offset, sentAtMs: hereMs, receivedAtMs })
        quickestMs = Math.min(quickestMs, outMs + backMs)
        hereMs = receivedAtMs
        const errorMs = Math.abs((clock.nowMs(hereMs) as number) - (hereMs + offset))
        assert.ok(errorMs <= quickestMs / 2 + 1)
      }
    }),
  )
})

test('a clock that moved is believed at once', () => {
  const clock = createRedisClock()
  const learn = (offset: number, sentAtMs: number) =>
    clock.learn({ redisTimeMs: sentAtMs + 1 + offset, sentAtMs, receivedAtMs: sentAtMs + 2 })
  for (let i = 0; i < 100; i++) learn(0, i * 250)
  learn(60_000, 25_000) // another Redis, a minute ahead
  assert.ok(Math.abs((clock.nowMs(26_000) as number) - 86_000) <= 2)
  learn(-60_000, 26_000)
  assert.ok(Math.abs((clock.nowMs(27_000) as number) + 33_000) <= 2)
})
