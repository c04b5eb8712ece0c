import type { WatchedRedis } from '@flashsale/redis/connection.ts'

/** The clock that opens, closes and ends everything about stock, in ms; undefined while Redis is away. */
export async function readTime(redis: WatchedRedis): Promise<number | undefined> {
  if (!redis.health.answers()) return undefined
  try {
    const [seconds, microseconds] = await redis.health.glance(() => redis.time())
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
  } catch {
    return undefined
  }
}
