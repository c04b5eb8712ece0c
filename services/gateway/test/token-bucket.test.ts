import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { type Bucket, createTokenBuckets, type TokenBuckets } from '../src/domain/token-bucket.ts'

const EPSILON = 1e-6
const bucket = fc.record({
  burst: fc.integer({ min: 1, max: 30 }),
  perSecond: fc.integer({ min: 1, max: 50 }),
})
const gapsMs = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 200 })

function take(buckets: TokenBuckets, key: string, nowMs: number): boolean {
  const level = buckets.look(key, nowMs)
  if (level.tokens < 1) return false
  level.tokens -= 1
  return true
}

/** In no span between two of them were there more than the bucket's burst and its refill. */
function assertWithin({ burst, perSecond }: Bucket, allowedAtMs: number[]) {
  for (let from = 0; from < allowedAtMs.length; from++) {
    for (let to = from; to < allowedAtMs.length; to++) {
      const spanMs = (allowedAtMs[to] as number) - (allowedAtMs[from] as number)
      assert.ok(to - from + 1 <= burst + (perSecond * spanMs) / 1000 + EPSILON)
    }
  }
}

test('in no span of time does a key get more than its burst and what was refilled in it', () => {
  fc.assert(
    fc.property(bucket, gapsMs, (limit, gaps) => {
      const buckets = createTokenBuckets(limit)
      const allowedAtMs: number[] = []
      let nowMs = 0
      for (const gap of gaps) {
        nowMs += gap
        if (take(buckets, 'key', nowMs)) allowedAtMs.push(nowMs)
      }
      assertWithin(limit, allowedAtMs)
    }),
  )
})

test('a limit that is changed holds from then on, for keys that were there before too', () => {
  fc.assert(
    fc.property(bucket, bucket, gapsMs, gapsMs, (first, second, before, after) => {
      const buckets = createTokenBuckets(first)
      const allowedAtMs: number[] = []
      let nowMs = 0
      for (const gap of before) {
        nowMs += gap
        take(buckets, 'key', nowMs)
      }
      buckets.change(second)
      for (const gap of after) {
        nowMs += gap
        if (take(buckets, 'key', nowMs)) allowedAtMs.push(nowMs)
      }
      assertWithin(second, allowedAtMs)
    }),
  )
})

test('a key that asks no faster than the refill is never refused', () => {
  fc.assert(
    fc.property(bucket, gapsMs, ({ burst, perSecond }, gaps) => {
      const buckets = createTokenBuckets({ burst, perSecond })
      let nowMs = 0
      for (const gap of gaps) {
        nowMs += 1000 / perSecond + gap + EPSILON
        assert.ok(take(buckets, 'key', nowMs))
      }
    }),
  )
})

test('what is forgotten was full: every key gets what it would get if nothing were', () => {
  const small = fc.record({
    burst: fc.integer({ min: 1, max: 4 }),
    perSecond: fc.integer({ min: 1, max: 3 }),
  })
  const calls = fc.array(
    fc.record({ key: fc.integer({ min: 0, max: 9 }), gap: fc.integer({ min: 0, max: 100 }) }),
    { minLength: 100, maxLength: 300 },
  )
  fc.assert(
    fc.property(small, calls, (limit, made) => {
      const together = createTokenBuckets(limit)
      const apart = Array.from({ length: 10 }, () => createTokenBuckets(limit))
      let nowMs = 0
      for (const { key, gap } of made) {
        nowMs += gap
        const alone = take(apart[key] as TokenBuckets, 'key', nowMs)
        assert.equal(take(together, `${key}`, nowMs), alone)
      }
    }),
  )
})

test('keys do not share, and a look takes nothing', () => {
  const buckets = createTokenBuckets({ burst: 1, perSecond: 1 })
  assert.ok(take(buckets, 'ann', 0))
  for (let i = 0; i < 50; i++) assert.ok(!take(buckets, 'ann', i * 10))
  assert.ok(take(buckets, 'ben', 500))
  assert.ok(take(buckets, 'ann', 1000))
})

test('a burst around a window’s edge gets one burst, where a fixed window gives two', () => {
  const limit = { burst: 20, perSecond: 10 }
  const windowMs = (limit.burst / limit.perSecond) * 1000
  const arrivalsMs = [...Array(20).fill(windowMs - 1), ...Array(20).fill(windowMs + 1)]

  const buckets = createTokenBuckets(limit)
  const ofBucket = arrivalsMs.filter((nowMs) => take(buckets, 'key', nowMs))
  const fixed = fixedWindow(limit.burst, windowMs)
  const ofWindow = arrivalsMs.filter((nowMs) => fixed(nowMs))
  assert.equal(ofBucket.length, 20)
  assert.equal(ofWindow.length, 40)
  assertWithin(limit, ofBucket)
  assert.throws(() => assertWithin(limit, ofWindow)) // the property above finds a fixed window out
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

test('a crowd that is too big for its room makes it forget those that were still for longest', () => {
  const buckets = createTokenBuckets({ burst: 1, perSecond: 0.001 }, 4)
  for (const key of ['ann', 'ben', 'ann', 'cid', 'ann']) take(buckets, key, 0)
  for (const key of ['dan', 'ann', 'eve']) take(buckets, key, 0) // ben goes
  assert.ok(!take(buckets, 'ann', 0))
  assert.ok(take(buckets, 'ben', 0))
  for (let i = 0; i < 1000; i++) {
    take(buckets, `key ${i}`, 0)
    assert.ok(buckets.size() <= 4)
  }
})

test('a million buyers within a minute need the room of those of a few seconds', () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const heapMb = () => {
    collect()
    return process.memoryUsage().heapUsed / 2 ** 20
  }
  const before = heapMb()
  const buckets = createTokenBuckets({ burst: 20, perSecond: 10 })
  let largest = 0
  for (let i = 0; i < 1_000_000; i++) {
    take(buckets, `buyer-${i}`, i * 0.06)
    if (i % 10_000 === 0) largest = Math.max(largest, buckets.size())
  }
  assert.ok(largest <= 70_000, `${largest} buckets`) // two periods of 2 s, of 16,667 buyers a second
  const calm = heapMb() - before
  assert.ok(calm < 20, `${calm} MB`)

  for (let i = 0; i < 1_000_000; i++) take(buckets, `another-${i}`, 60_000) // all at once
  assert.ok(buckets.size() <= 200_000, `${buckets.size()} buckets`)
  const crowd = heapMb() - before
  assert.ok(crowd < 60, `${crowd} MB`)
  assert.ok(take(buckets, 'buyer-1', 60_000))
})
