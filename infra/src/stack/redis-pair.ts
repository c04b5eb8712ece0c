import { followRedis, isFollowing, promoteRedis } from '../parts/redis-role.ts'
import { PlainError } from '../plain-error.ts'
import { waitUntil } from '../wait-until.ts'
import type { Ports } from './ports.ts'
import type { Proxies } from './proxies.ts'

const followTimeoutMs = 60_000

type RedisName = 'redis' | 'redis-replica'

export type RedisPair = {
  /** The name of the part that the services' Redis now is. */
  redisMaster(): RedisName
  /** The copy becomes the services' Redis with what it has; the other server is left alone. */
  promoteReplica(): Promise<void>
  /** The former one, up again, becomes the copy: what only it knew is gone. Resolves with a whole copy. */
  rejoinReplica(): Promise<void>
}

/** Two Redis servers that change their roles; the services reach whichever serves by the proxy. */
export function redisPair(ports: Ports, proxies: Proxies): RedisPair {
  const both = { redis: ports.redis, 'redis-replica': ports.redisReplica }
  let master: RedisName = 'redis'
  let copy: RedisName = 'redis-replica'
  const proxy = (name: 'redis' | 'replication') => {
    const found = proxies.get(name)
    if (found) return found
    throw new PlainError('the stack needs redisReplica, and a proxy in front of redis')
  }
  return {
    redisMaster: () => master,
    promoteReplica: async () => {
      const line = proxy('redis')
      await promoteRedis(both[copy])
      ;[master, copy] = [copy, master]
      line.retarget(both[master])
    },
    rejoinReplica: async () => {
      const line = proxy('replication')
      line.retarget(both[master])
      await line.restore()
      await followRedis(both[copy], line.port)
      await waitUntil('a whole copy of Redis', () => isFollowing(both[copy]), followTimeoutMs)
    },
  }
}
