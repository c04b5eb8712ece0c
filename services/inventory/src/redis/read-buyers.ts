import type { Redis } from '@flashsale/redis/connection.ts'
import type { RedisBuyers } from '../domain/redis-holds.ts'
import type { SegmentAt } from '../domain/segment.ts'
import { saleKeys } from './sale-keys.ts'

/** Whose the orders are: slots and keys, as Redis has them. For a recovery, while nothing moves. */
export async function readBuyers(redis: Redis, at: SegmentAt): Promise<RedisBuyers> {
  const { slots, keys } = saleKeys(at)
  const [bySlot, byKey] = await Promise.all([redis.hgetall(slots), redis.hgetall(keys)])
  return { slots: new Map(Object.entries(bySlot)), keys: new Map(Object.entries(byKey)) }
}
