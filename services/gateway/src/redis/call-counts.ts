import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'

export type CallLimit = { calls: number; perSeconds: number }
export type Counted = { allowed: boolean; remaining: number; untilResetMs: number }
export type CallCounts = CallLimit & {
  /** Undefined when nobody could count: Redis is away. */
  count(caller: string): Promise<Counted | undefined>
}

/** Counted in Redis, for all gateways together, in a window that begins with a caller's first call. */
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
    inMemoryBlockOnConsumed: calls, // who has spent all is refused from memory until the window ends
  })
  const counted = (allowed: boolean, res: RateLimiterRes): Counted => {
    return { allowed, remaining: res.remainingPoints, untilResetMs: res.msBeforeNext }
  }
  const count = async (caller: string) => {
    if (!redis.health.answers()) return undefined
    try {
      return counted(true, await redis.health.glance(() => limiter.consume(caller)))
    } catch (error) {
      return error instanceof RateLimiterRes ? counted(false, error) : undefined
    }
  }
  return { calls, perSeconds, count }
}
