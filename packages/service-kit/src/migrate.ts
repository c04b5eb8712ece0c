import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { Db, Tx } from './db.ts'
import { Fault } from './fault.ts'

const FILE_NAME = /^\d{4}-[a-z0-9-]+\.sql$/
const LOCK = 7_321_406 // any number that no other advisory lock of ours has

const POSTGRES_MAJOR_MIN = 15 // all tests are run on it too

type Migration = { name: string; sql: string; checksum: string }

/**
 * Runs the numbered .sql files of `folder` that this database has not seen, in order, all or none.
 * Several processes may call it at once. File names are unique over all folders of a database.
 */
export async function migrate(db: Db, folder: URL): Promise<void> {
  const migrations = await readMigrations(folder)
  await db.tx(async (tx) => {
    await assertSupported(tx)
    await tx.query('set local statement_timeout = 0')
    await tx.query('select pg_advisory_xact_lock($1)', [LOCK])
    await tx.query(`create table if not exists migrations (
      name text primary key, checksum text not null, ran_at timestamptz not null default now())`)
    const { rows } = await tx.query<{ name: string; checksum: string }>(
      'select name, checksum from migrations',
    )
    const ran = new Map(rows.map(({ name, checksum }) => [name, checksum]))
    for (const migration of migrations) await runOnce(tx, migration, ran.get(migration.name))
  })
}

async function assertSupported(tx: Tx): Promise<void> {
  const { rows } = await tx.query<{ server_version: string }>('show server_version')
  const refusal = refusalOf(rows[0]?.server_version ?? '')
  if (refusal) throw new Fault('migrate.postgres-too-old', refusal)
}

/** In one line, when a server is older than any that the tests are run on. */
export function refusalOf(postgresVersion: string): string | undefined {
  if (Number.parseInt(postgresVersion, 10) >= POSTGRES_MAJOR_MIN) return undefined
  return `Postgres ${postgresVersion} is too old: the oldest supported is ${POSTGRES_MAJOR_MIN}`
}

async function runOnce(tx: Tx, { name, sql, checksum }: Migration, ranAs: string | undefined) {
  if (ranAs === checksum) return
  if (ranAs) throw new Fault('migrate.changed', 'a migration that ran was changed', { name })
  await tx.query(sql)
  await tx.query('insert into migrations (name, checksum) values ($1, $2)', [name, checksum])
}

async function readMigrations(folder: URL): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const odd = names.find((name) => !FILE_NAME.test(name))
  if (odd) throw new Fault('migrate.bad-name', 'a migration is named 0001-what.sql', { name: odd })
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}
