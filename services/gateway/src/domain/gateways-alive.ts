const FEWER_FOR_MS = 900 // longer than from a reconnect to the next beat, at all of them
const UNREAD_MS = 1_500 // more without a reading, and what was seen before it says nothing

/**
 * How many gateways share the limits. More of them count at once. Fewer count only when they are
 * still fewer after every living one had the time to beat again: a Redis that was away, or forgot,
 * has seen only some of them at first, and each would take the share of all others.
 */
export function createGatewaysAlive() {
  let alive = 1
  let fewerSinceMs: number | undefined
  let readAtMs = Number.NEGATIVE_INFINITY

  return {
    learn(seen: number, nowMs: number): void {
      if (nowMs - readAtMs > UNREAD_MS) fewerSinceMs = undefined
      readAtMs = nowMs
      if (seen < alive) {
        fewerSinceMs ??= nowMs
        if (nowMs - fewerSinceMs < FEWER_FOR_MS) return
      }
      alive = Math.max(1, seen)
      fewerSinceMs = undefined
    },
    count: () => alive,
  }
}
