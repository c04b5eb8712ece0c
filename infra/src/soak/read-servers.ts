import type { Redis } from 'ioredis'
import type { Pool } from 'pg'
import { databases } from '../stack/settings.ts'
import { isKept } from './per-order.ts'
import type { Servers } from './servers.ts'

type Figures = Record<string, number>

/** What Redis and Postgres say of themselves; a server that is away says nothing. */
export async function readServers({ redis, pools, server }: Servers): Promise<Figures> {
  const parts = [
    readRedis(redis),
    ...databases.map((name) => readTables(name, pools[name])),
    ...databases.map((name) => readOutbox(name, pools[name])),
    readOrders(pools.order),
    readConnections(server),
  ]
  const read = await Promise.all(parts.map((part) => part.catch((): Figures => ({}))))
  return Object.assign({}, ...read)
}

async function readRedis(redis: Redis): Promise<Figures> {
  const [memory, keys] = await Promise.all([redis.info('memory'), redis.dbsize()])
  const usedBytes = Number(/^used_memory:(\d+)/m.exec(memory)?.[1])
  let entries = 0
  for await (const some of redis.scanStream({ match: '*:stream', count: 1_000 })) {
    const lengths = (some as string[]).map((key) => redis.xlen(key))
    entries += (await Promise.all(lengths)).reduce((sum, length) => sum + length, 0)
  }
  return { 'redis used memory': usedBytes / 2 ** 20, 'redis keys': keys, 'stream entries': entries }
}

type TableRow = { name: string; live: string; dead: string; bytes: string }

/** Size with indexes. The counts of rows are Postgres' own estimates, which a crash sets to 0. */
async function readTables(database: string, pool: Pool): Promise<Figures> {
  const { rows } = await pool.query<TableRow>(
    `select relname as name, n_live_tup as live, n_dead_tup as dead,
            pg_total_relation_size(relid) as bytes from pg_stat_user_tables`,
  )
  const figures: Figures = {}
  for (const { name, live, dead, bytes } of rows) {
    const table = `${database}.${name}`
    const mib = Number(bytes) / 2 ** 20
    figures[`${isKept(table) ? 'kept size' : 'table size'} ${table}`] = mib
    figures[`${isKept(table) ? 'kept dead rows' : 'dead rows'} ${table}`] = Number(dead)
    figures[`live rows ${table}`] = Number(live)
  }
  return figures
}

async function readOutbox(database: string, pool: Pool): Promise<Figures> {
  return { [`outbox rows ${database}`]: await count(pool, 'select count(*) as n from outbox') }
}

async function readOrders(pool: Pool): Promise<Figures> {
  return { orders: await count(pool, 'select count(*) as n from orders') }
}

async function readConnections(pool: Pool): Promise<Figures> {
  const sql = "select count(*) as n from pg_stat_activity where backend_type = 'client backend'"
  return { connections: await count(pool, sql) }
}

async function count(pool: Pool, sql: string): Promise<number> {
  return Number((await pool.query<{ n: string }>(sql)).rows[0]?.n ?? 0)
}
