import type { TestContext } from 'node:test'
import type { SaleId } from '@flashsale/contracts/ids.ts'
import type { System } from '@flashsale/test-kit/system.ts'
import { Redis } from 'ioredis'
import { saleKeys } from '../../../services/inventory/src/redis/sale-keys.ts'

/** The test's own eyes and hands on a sale's keys, at its first epoch. */
export function connectRedis(t: TestContext, { env, redisPrefix }: System, saleId: string) {
  const redis = new Redis(env.inventory.REDIS_URL ?? '', { keyPrefix: redisPrefix })
  t.after(() => redis.disconnect())
  const keys = saleKeys({ saleId: saleId as SaleId, segment: 0, epoch: 1 })
  return { redis, keys, streamLength: () => redis.xlen(keys.stream) }
}
