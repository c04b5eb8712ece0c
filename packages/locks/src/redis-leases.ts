import type { Redis } from '@flashsale/redis/connection.ts'
import { luaScript } from '@flashsale/redis/script.ts'
import { z } from 'zod'
import type { Leases } from './lease.ts'
import { type Grant, leasesOf } from './leases-of.ts'

const grantScript = luaScript(new URL('./grant-lease.lua', import.meta.url))
const extendScript = luaScript(new URL('./extend-lease.lua', import.meta.url))
const releaseScript = luaScript(new URL('./release-lease.lua', import.meta.url))
const Token = z.int().positive().nullable()

/**
 * Leases in one Redis, by its clock. A Redis that forgot a lease grants it a second time at once, with
 * a higher token: the fence tells the two holders apart.
 */
export function redisLeases(redis: Redis): Leases {
  return leasesOf({
    async grant({ name, holder, ttlMs }) {
      const reply = await grantScript(redis, [keyOf(name), `${keyOf(name)}:token`], [holder, ttlMs])
      return Token.parse(reply) ?? undefined
    },
    async extend(grant) {
      return (await extendScript(redis, [keyOf(grant.name)], [textOf(grant), grant.ttlMs])) === 1
    },
    async release(grant) {
      await releaseScript(redis, [keyOf(grant.name)], [textOf(grant)])
    },
  })
}

const keyOf = (name: string) => `lease:{${name}}`
const textOf = ({ token, holder }: Grant) => `${token} ${holder}`
