import type { Redis } from '@flashsale/redis/connection.ts'
import type { BansRead } from '../domain/bans.ts'
import { banKeys } from './ban-keys.ts'

const CHUNK = 1_000

const [versionKey = '', buyersKey = '', tokensKey = ''] = banKeys

/**
 * Tells a Redis that forgot what this gateway still knows. Nothing is taken away there, and several
 * gateways can do it at once: what one of them knows is banned. The version goes up last, so that a
 * copy of this that was cut off is begun again.
 */
export async function restoreBans(redis: Redis, { version, buyers, tokens }: BansRead) {
  for (let at = 0; at < buyers.length; at += CHUNK) {
    await redis.sadd(buyersKey, ...buyers.slice(at, at + CHUNK))
  }
  for (let at = 0; at < tokens.length; at += CHUNK) {
    const some = tokens.slice(at, at + CHUNK)
    await redis.zadd(tokensKey, ...some.flatMap(([name, endsAtMs]) => [endsAtMs, name]))
  }
  await redis.incrby(versionKey, version + 1) // above what any gateway knows: all read it again
}
