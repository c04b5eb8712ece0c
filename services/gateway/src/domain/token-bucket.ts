export type Bucket = { capacity: number; perSecond: number }
export type Taken = { allowed: boolean; remaining: number; retryAfterMs: number }

/** Buckets that are not full any more; the one untouched for longest is forgotten first. */
const KEYS_MAX = 200_000

/**
 * One bucket a key: `capacity` at once, refilled evenly. In any span of t seconds a key gets at most
 * capacity + perSecond * t; a fixed window would let twice its limit pass around its edge.
 */
export function createTokenBuckets({ capacity, perSecond }: Bucket, keysMax = KEYS_MAX) {
  const buckets = new Map<string, { tokens: number; atMs: number }>()

  return {
    /** `nowMs` never runs backwards. A refused call takes nothing. */
    take(key: string, nowMs: number): Taken {
      const before = buckets.get(key) ?? { tokens: capacity, atMs: nowMs }
      const refill = ((nowMs - before.atMs) * perSecond) / 1000
      const full = Math.min(capacity, before.tokens + refill)
      const allowed = full >= 1
      const tokens = allowed ? full - 1 : full

      buckets.delete(key) // and to the end of the Map, which keeps the order of insertion
      buckets.set(key, { tokens, atMs: nowMs })
      if (buckets.size > keysMax) buckets.delete(buckets.keys().next().value as string)

      const missing = Math.max(0, 1 - tokens)
      return {
        allowed,
        remaining: Math.floor(tokens),
        retryAfterMs: Math.ceil((missing * 1000) / perSecond),
      }
    },
    size: () => buckets.size,
  }
}
export type TokenBuckets = ReturnType<typeof createTokenBuckets>
