import type { TestContext } from 'node:test'
import { closeRedis, connectRedis, whenReady } from '@flashsale/redis/connection.ts'
import { randomName } from '@flashsale/test-kit/random.ts'
import { removeKeys } from '@flashsale/test-kit/redis.ts'
import { servers } from '@flashsale/test-kit/servers.ts'
import { createBroadcast } from '../src/clients/broadcast.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const READY_WITHIN_MS = 10_000

export type RedisPlace = { url: string; keyPrefix?: string }
const ownPlace = () => ({ url: servers.redisUrl(), keyPrefix: `${randomName()}:` })

/** The two connections of one gateway, as main.ts makes them; a prefix of its own if none is given. */
export async function gatewayRedis(t: TestContext, given?: RedisPlace) {
  const place = given ?? ownPlace()
  const settings = { url: place.url, keyPrefix: place.keyPrefix ?? '' }
  const redis = connectRedis(settings)
  const subscriber = connectRedis(settings)
  const broadcast = createBroadcast(subscriber, quiet)
  const close = async () => {
    broadcast.stop()
    await Promise.all([closeRedis(subscriber), closeRedis(redis)])
    if (!given) await removeKeys(settings.url, settings.keyPrefix)
  }
  t.after(close)
  return {
    redis,
    subscriber,
    broadcast,
    ready: () => Promise.all([redis, subscriber].map((one) => whenReady(one, READY_WITHIN_MS))),
  }
}
