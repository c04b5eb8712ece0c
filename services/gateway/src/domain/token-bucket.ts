/** `burst` at once, refilled evenly. */
export type Bucket = { burst: number; perSecond: number }
/** What was in a key's bucket at its last look. */
export type Level = { tokens: number; atMs: number }

const KEYS_MAX = 200_000 // of one kind; only a crowd of half as many while a bucket fills is too big

/**
 * One bucket a key. In any span of t seconds a key gets at most burst + perSecond * t; a fixed window
 * would let twice its limit pass around its edge. A bucket that was left alone for as long as it takes
 * to fill is as good as a new one, and is forgotten.
 */
export function createTokenBuckets(bucket: Bucket, keysMax = KEYS_MAX) {
  let { burst, perSecond } = bucket
  let touched = new Map<string, Level>() // in this period, which lasts as long as a bucket takes to fill
  let before = new Map<string, Level>() // in the last one
  let sinceMs = Number.NEGATIVE_INFINITY

  const find = (key: string, nowMs: number): Level => {
    const known = touched.get(key)
    if (known) return known
    const level = before.get(key) ?? { tokens: burst, atMs: nowMs }
    if (nowMs - sinceMs >= (burst * 1000) / perSecond || touched.size >= keysMax / 2) {
      before = touched
      touched = new Map()
      sinceMs = nowMs
    }
    touched.set(key, level)
    return level
  }

  return {
    /** What is there now; who finds one token there takes it. `nowMs` never runs backwards. */
    look(key: string, nowMs: number): Level {
      const level = find(key, nowMs)
      const refill = ((nowMs - level.atMs) * perSecond) / 1000
      level.tokens = Math.min(burst, level.tokens + refill)
      level.atMs = nowMs
      return level
    },
    /** Holds from the next look on: what is there above the new burst is lost. */
    change(next: Bucket): void {
      burst = next.burst
      perSecond = next.perSecond
    },
    size: () => touched.size + before.size,
  }
}
export type TokenBuckets = ReturnType<typeof createTokenBuckets>
