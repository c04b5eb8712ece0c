import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { createTokenBuckets } from '../domain/token-bucket.ts'

export type CallLimit = { calls: number; perSeconds: number }
export type Counted = {
  allowed: boolean
  remaining: number
  /** When refused: until one more is let in. */
  untilResetMs: number
  /** False when this gateway counted alone: Redis is away. */
  byAll: boolean
}
export type CallCounts = CallLimit & { count(caller: string): Promise<Counted> }

/**
 * Counted in Redis, for all gateways together, in a window that begins with a caller's first call.
 * What Redis can't count is counted here, by the same limit: docs/decisions/0014.
 */
export function createCallCounts(
  redis: WatchedRedis,
  name: string,
  { calls, perSeconds }: CallLimit,
): CallCounts {
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: `calls:${name}`,
    points: calls,
    duration: perSeconds,
    inMemoryBlockOnConsumed: calls, // who has spent all is refused from memory till the window ends
  })
  const byAll = (allowed: boolean, res: RateLimiterRes): Counted => {
    return { allowed, remaining: res.remainingPoints, untilResetMs: res.msBeforeNext, byAll: true }
  }
  const byMyself = createOwnCounts({ calls, perSeconds })
  const count = async (caller: string) => {
    if (!redis.health.answers()) return byMyself(caller)
    try {
      return byAll(true, await redis.health.glance(() => limiter.consume(caller)))
    } catch (error) {
      return error instanceof RateLimiterRes ? byAll(false, error) : byMyself(caller)
    }
  }
  return { calls, perSeconds, count }
}

/** Of a bounded number of callers, in memory: the buckets of the buy route. */
function createOwnCounts({ calls, perSeconds }: CallLimit) {
  const perSecond = calls / perSeconds
  const buckets = createTokenBuckets({ burst: calls, perSecond })

  return (caller: string): Counted => {
    const level = buckets.look(caller, performance.now())
    const allowed = level.tokens >= 1
    if (allowed) level.tokens -= 1
    const wanted = allowed ? calls : 1
    return {
      allowed,
      remaining: Math.floor(level.tokens),
      untilResetMs: ((wanted - level.tokens) * 1000) / perSecond,
      byAll: false,
    }
  }
}
