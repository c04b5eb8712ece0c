import type { TestContext } from 'node:test'
import { closeRedis, connectRedis, whenReady } from '@flashsale/redis/connection.ts'
import { createDb, type Db } from '@flashsale/service-kit/db.ts'
import { migrate } from '@flashsale/service-kit/migrate.ts'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import { removeKeys, testRedis } from '@flashsale/test-kit/redis.ts'
import type { Leases } from '../src/lease.ts'
import { locksMigrations } from '../src/migrations.ts'
import { postgresLeases } from '../src/postgres-leases.ts'
import { redisLeases } from '../src/redis-leases.ts'
import { type Line, line } from './line.ts'

export type TestStore = {
  /** As of a process of its own: over another connection. */
  open(): Promise<Leases>
  /** The same over `line`. */
  openFar(): Promise<Leases>
  line: Line
  /** All that it ever granted is gone. */
  forget(): Promise<void>
  /** What a child process needs for it. */
  env: Record<string, string>
  /** Where fenced writes go, with a table for them. */
  db: Db
}

/** A database of the test's own with leases, fences, and a table `works` to be written under them. */
export async function testWorks(t: TestContext) {
  const closing: (() => Promise<unknown>)[] = []
  t.after(() => Promise.all(closing.map((close) => close())))
  const databaseUrl = await testDatabase(t, { name: 'locks' })
  const open = (url = databaseUrl) => {
    const db = createDb(url, { max: 4 })
    closing.push(db.close)
    return db
  }
  const db = open()
  await migrate(db, locksMigrations)
  await db.query('create table works (n serial, by text)')
  return { db, databaseUrl, open, closing }
}

export async function works(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ by: string }>('select by from works order by n')
  return rows.map(({ by }) => by)
}

export async function postgresStore(t: TestContext): Promise<TestStore> {
  const { db, databaseUrl, open } = await testWorks(t)
  const far = await line(t, new URL(databaseUrl))
  return {
    open: async () => postgresLeases(open()),
    openFar: async () => postgresLeases(open(far.url)),
    line: far,
    forget: async () => void (await db.query('delete from leases')),
    env: { STORE: 'postgres', DATABASE_URL: databaseUrl },
    db,
  }
}

export async function redisStore(t: TestContext): Promise<TestStore> {
  const { db, databaseUrl, closing } = await testWorks(t)
  const { url, keyPrefix } = testRedis(t)
  const far = await line(t, new URL(url))
  const open = async (at: string) => {
    const redis = connectRedis({ url: at, keyPrefix })
    closing.push(() => closeRedis(redis))
    await whenReady(redis, 10_000)
    return redisLeases(redis)
  }
  return {
    open: () => open(url),
    openFar: () => open(far.url),
    line: far,
    forget: () => removeKeys(url, keyPrefix),
    env: { STORE: 'redis', DATABASE_URL: databaseUrl, REDIS_URL: url, KEY_PREFIX: keyPrefix },
    db,
  }
}
