import { CONFIG_KEY, channels } from '@flashsale/contracts/channels.ts'
import type { ConfigTold } from '@flashsale/contracts/http/runtime-config.ts'
import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import { channelName } from '@flashsale/redis/publish.ts'
import { luaScript } from '@flashsale/redis/script.ts'

const script = luaScript(new URL('./keep-config.lua', import.meta.url))

/** True when it was news to Redis, which then has told whoever listens. Safe to repeat. */
export async function keepConfig(redis: WatchedRedis, { version, document }: ConfigTold) {
  const args = [version, JSON.stringify(document), channelName(redis, channels.config)]
  return (await redis.health.ask(() => script(redis, [CONFIG_KEY], args))) === 1
}
