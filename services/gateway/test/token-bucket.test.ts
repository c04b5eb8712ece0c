import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createTokenBuckets } from '../src/domain/token-bucket.ts'

const EPSILON = 1e-6
const bucket = fc.record({
  capacity: fc.integer({ min: 1, max: 30 }),
  perSecond: fc.integer({ min: 1, max: 50 }),
})
const gapsMs = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 200 })

test('in no span of time does a key get more than its capacity and what was refilled in it', () => {
  fc.assert(
    fc.property(bucket, gapsMs, (limit, gaps) => {
      const buckets = createTokenBuckets(limit)
      const allowedAt: number[] = []
      let nowMs = 0
      for (const gap of gaps) {
        nowMs += gap
        if (buckets.take('key', nowMs).allowed) allowedAt.push(nowMs)
      }
      for (let from = 0; from < allowedAt.length; from++) {
        for (let to = from; to < allowedAt.length; to++) {
          const spanS = ((allowedAt[to] as number) - (allowedAt[from] as number)) / 1000
          const most = limit.capacity + limit.perSecond * spanS + EPSILON
          assert.ok(to - from + 1 <= most)
        }
      }
    }),
  )
})

test('a key that asks no faster than the refill is never refused', () => {
  fc.assert(
    fc.property(bucket, gapsMs, ({ capacity, perSecond }, gaps) => {
      const buckets = createTokenBuckets({ capacity, perSecond })
      let nowMs = 0
      for (const gap of gaps) {
        nowMs += 1000 / perSecond + gap + EPSILON
        assert.ok(buckets.take('key', nowMs).allowed)
      }
    }),
  )
})

test('a refused key that waits as long as it was told is let in', () => {
  fc.assert(
    fc.property(bucket, gapsMs, (limit, gaps) => {
      const buckets = createTokenBuckets(limit)
      let nowMs = 0
      for (const gap of gaps) {
        nowMs += gap / 10
        const { allowed, remaining, retryAfterMs } = buckets.take('key', nowMs)
        assert.ok(remaining >= 0 && remaining < limit.capacity)
        if (allowed) continue
        assert.ok(retryAfterMs > 0)
        nowMs += retryAfterMs
        assert.ok(buckets.take('key', nowMs).allowed)
      }
    }),
  )
})

test('keys do not share, and a refusal takes nothing', () => {
  const buckets = createTokenBuckets({ capacity: 1, perSecond: 1 })
  assert.ok(buckets.take('ann', 0).allowed)
  for (let i = 0; i < 50; i++) assert.ok(!buckets.take('ann', i * 10).allowed)
  assert.ok(buckets.take('ben', 500).allowed)
  assert.ok(buckets.take('ann', 1000).allowed)
})

test('a burst around a window’s edge gets one burst, where a fixed window gives two', () => {
  const limit = { capacity: 20, perSecond: 10 }
  const windowMs = (limit.capacity / limit.perSecond) * 1000
  const arrivalsMs = [...Array(20).fill(windowMs - 1), ...Array(20).fill(windowMs + 1)]

  const buckets = createTokenBuckets(limit)
  const ofBucket = arrivalsMs.filter((nowMs) => buckets.take('key', nowMs).allowed).length
  const fixed = fixedWindow(limit.capacity, windowMs)
  const ofWindow = arrivalsMs.filter((nowMs) => fixed(nowMs)).length
  assert.equal(ofBucket, 20)
  assert.equal(ofWindow, 40) // what the assertion above would catch
})

function fixedWindow(limit: number, windowMs: number) {
  const counts = new Map<number, number>()
  return (nowMs: number) => {
    const window = Math.floor(nowMs / windowMs)
    const count = (counts.get(window) ?? 0) + 1
    counts.set(window, count)
    return count <= limit
  }
}

test('it forgets the key that was still for longest, never more than that', () => {
  const buckets = createTokenBuckets({ capacity: 1, perSecond: 0.001 }, 2)
  for (const key of ['ann', 'ben', 'ann']) buckets.take(key, 0)
  buckets.take('cid', 0) // ben goes
  assert.equal(buckets.size(), 2)
  assert.ok(!buckets.take('ann', 0).allowed)
  assert.ok(buckets.take('ben', 0).allowed)
  for (let i = 0; i < 1000; i++) buckets.take(`key ${i}`, 0)
  assert.equal(buckets.size(), 2)
})
