import { CONFIG_KEY } from '@flashsale/contracts/channels.ts'
import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import type { AskConfig } from '@flashsale/runtime-config/ask-inventory.ts'

/** What inventory keeps there: asked when no inventory answers. */
export function askRedis(redis: WatchedRedis): AskConfig {
  return async ({ version: known }) => {
    if (!redis.health.answers()) return undefined
    const read = () => redis.hmget(CONFIG_KEY, 'version', 'document')
    const [version, document] = await redis.health.ask(read)
    if (!version || !document) return undefined // nothing was set, or it forgot: who knows?
    if (Number(version) <= known) return 'same'
    return { told: { version: Number(version), document: JSON.parse(document) } }
  }
}
