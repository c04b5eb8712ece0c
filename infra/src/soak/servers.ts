import { Redis } from 'ioredis'
import { Pool } from 'pg'
import { type Database, databases } from '../stack/settings.ts'
import type { Stack } from '../stack/stack.ts'

const timeoutMs = 10_000
const commandTimeoutMs = 3_000
const reconnectMs = 200

/** Connections of our own to Redis and Postgres, past the services; they come back after a kill. */
export type Servers = {
  redis: Redis
  pools: Record<Database, Pool>
  /** As superuser. */
  server: Pool
  leave(): Promise<void>
}

export function openServers({ addresses }: Stack): Servers {
  const redis = new Redis(addresses.redis, {
    commandTimeout: commandTimeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => reconnectMs,
  })
  redis.on('error', () => {}) // the command fails with it
  const server = openPool(addresses.postgres)
  const pools = Object.fromEntries(
    databases.map((name) => [name, openPool(addresses.databases[name].url)]),
  ) as Record<Database, Pool>
  return {
    redis,
    pools,
    server,
    async leave() {
      redis.disconnect()
      await Promise.all([server, ...Object.values(pools)].map((pool) => pool.end()))
    },
  }
}

function openPool(connectionString: string): Pool {
  const times = { connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs }
  const pool = new Pool({ connectionString, max: 1, idleTimeoutMillis: 0, ...times })
  pool.on('error', () => {}) // the query fails with it
  return pool
}
