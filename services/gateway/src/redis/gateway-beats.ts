import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import { luaScript } from '@flashsale/redis/script.ts'
import { z } from 'zod'

const GONE_AFTER_MS = 2_000 // four beats
const BEATS = 'gateways:{limits}:beats'

const script = luaScript(new URL('./beat.lua', import.meta.url))

/** Where gateways count each other. Each call fails within a second while Redis is away. */
export type GatewayBeats = {
  /** Says that this gateway lives; gives how many do. */
  beat(): Promise<number>
  /** This gateway's share is free at once. */
  leave(): Promise<void>
}

export function createGatewayBeats(redis: WatchedRedis, gateway: string): GatewayBeats {
  return {
    async beat() {
      const ask = () => script(redis, [BEATS], [gateway, GONE_AFTER_MS])
      return z.int().parse(await redis.health.ask(ask))
    },
    leave: async () => void (await redis.health.ask(() => redis.zrem(BEATS, gateway))),
  }
}
