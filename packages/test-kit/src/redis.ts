import type { TestContext } from 'node:test'
import { Redis } from 'ioredis'
import { randomName } from './random.ts'
import { servers } from './servers.ts'

const SCAN_COUNT = 1_000

/** The shared Redis under a prefix of the test's own, whose keys are gone after it. */
export function testRedis(t: TestContext) {
  const url = servers.redisUrl()
  const keyPrefix = `${randomName()}:`
  const redis = new Redis(url, { keyPrefix })
  t.after(async () => {
    await redis.quit()
    await removeKeys(url, keyPrefix)
  })
  return { redis, url, keyPrefix }
}

export async function removeKeys(url: string, keyPrefix: string) {
  const redis = new Redis(url)
  try {
    for await (const keys of redis.scanStream({ match: `${keyPrefix}*`, count: SCAN_COUNT })) {
      if (keys.length > 0) await redis.unlink(...keys)
    }
  } finally {
    await redis.quit()
  }
}
