type Reading = { redisTimeMs: number; sentAtMs: number; receivedAtMs: number }

/** Redis' time is told in whole milliseconds. */
const ROUNDING_MS = 1

/**
 * Redis' clock, as seen from here. Each answer bounds the offset: Redis read its clock after we sent
 * and before we received. Bounds narrow each other; when they contradict, a clock has moved (drift, a
 * failover, a step), and only the newest answer counts. Times here are of one monotonic clock.
 */
export function createRedisClock() {
  let bounds: { low: number; high: number } | undefined

  return {
    learn({ redisTimeMs, sentAtMs, receivedAtMs }: Reading) {
      const low = redisTimeMs - receivedAtMs
      const high = redisTimeMs - sentAtMs + ROUNDING_MS
      const narrowed = bounds && {
        low: Math.max(low, bounds.low),
        high: Math.min(high, bounds.high),
      }
      bounds = narrowed && narrowed.low <= narrowed.high ? narrowed : { low, high }
    },
    /** Undefined until Redis' time was read once: no attempt can be given a deadline before. */
    nowMs(hereMs: number): number | undefined {
      return bounds && hereMs + (bounds.low + bounds.high) / 2
    },
  }
}
