import { randomFillSync } from 'node:crypto'

const BYTES = 16
const POOL_IDS = 512 // one call to the kernel for so many

type Ids = { traceId: string; spanId: string }
export type SpanIds = ReturnType<typeof createSpanIds>

/** Random ids as W3C has them, but for the one span that is to have those of its order. */
export function createSpanIds() {
  const pool = Buffer.allocUnsafe(BYTES * POOL_IDS)
  let used = pool.length
  let given: Ids | undefined

  const random = (bytes: number) => {
    if (used + bytes > pool.length) {
      randomFillSync(pool)
      used = 0
    }
    used += bytes
    pool[used - 1] = (pool[used - 1] as number) | 1 // all zeros would be no id
    return pool.toString('hex', used - bytes, used)
  }
  return {
    generateTraceId: () => given?.traceId ?? random(BYTES),
    generateSpanId: () => given?.spanId ?? random(BYTES / 2),
    /** The span that `start` starts has these ids. */
    as<T>(ids: Ids, start: () => T): T {
      given = ids
      try {
        return start()
      } finally {
        given = undefined
      }
    },
  }
}
