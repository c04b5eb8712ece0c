import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { Db, Tx } from './db.ts'
import { Fault } from './fault.ts'
import { applyGrants } from './grants.ts'
import type { Log } from './log.ts'
import { sleep } from './wait.ts'

const FILE_NAME = /^\d{4}-[a-z0-9-]+\.sql$/
const LOCK = 7_321_406 // any number that no other advisory lock of ours has

const POSTGRES_MAJOR_MIN = 15 // all tests are run on it too
const LOOK_AGAIN_MS = 1_000
const START_WAITS_MS = 60_000 // then the process ends, and is seen to

type Migration = { name: string; sql: string; checksum: string }

type Options = {
  /** In front of each file's name on record. */
  prefix?: string
  /** In the same transaction, before each that this database has not seen. */
  before?: (tx: Tx, name: string) => Promise<void>
  /** Gets what `grants.sql` beside the folder says, in the same transaction: also when no file is new. */
  runtimeRole?: string | undefined
}

/**
 * Runs the numbered .sql files of `folder` that this database has not seen, in order, all or none, and
 * says which. Several processes may call it at once. File names are unique over all folders of a
 * database.
 */
export async function migrate(db: Db, folder: URL, options: Options = {}): Promise<string[]> {
  const { prefix = '', before, runtimeRole } = options
  const migrations = await readMigrations(folder, prefix)
  return await db.tx(async (tx) => {
    await assertSupported(tx)
    await tx.query('set local statement_timeout = 0')
    await tx.query('select pg_advisory_xact_lock($1)', [LOCK])
    await tx.query(`create table if not exists migrations (
      name text primary key, checksum text not null, ran_at timestamptz not null default now())`)
    const { rows } = await tx.query<{ name: string; checksum: string }>(
      'select name, checksum from migrations',
    )
    const ran = new Map(rows.map(({ name, checksum }) => [name, checksum]))
    const fresh = migrations.filter((migration) => isNew(migration, ran.get(migration.name)))
    for (const migration of fresh) {
      await before?.(tx, migration.name)
      await run(tx, migration)
    }
    if (runtimeRole) await applyGrants(tx, folder, runtimeRole)
    return fresh.map(({ name }) => name)
  })
}

/** One folder after the other; which files ran. */
export async function migrateAll(db: Db, folders: URL[], runtimeRole?: string): Promise<string[]> {
  const ran: string[] = []
  for (const folder of folders) ran.push(...(await migrate(db, folder, { runtimeRole })))
  return ran
}

type AtStart = { how: 'run' | 'wait'; log: Log }

/** A service's start: the tables that it needs, made by itself, or by the job that may make them. */
export async function migrateAtStart(db: Db, folders: URL[], { how, log }: AtStart): Promise<void> {
  if (how === 'wait') await whenMigrated(db, folders, { timeoutMs: START_WAITS_MS, log })
  else await migrateAll(db, folders)
}

type Wait = { timeoutMs: number; log: Log }

/** Runs nothing: resolves when every file of `folders` is on record; rejects, naming one, when it is not in time. */
export async function whenMigrated(db: Db, folders: URL[], { timeoutMs, log }: Wait) {
  const names = (await Promise.all(folders.map(migrationNames))).flat()
  const deadlineMs = performance.now() + timeoutMs
  for (let looks = 0; ; looks++) {
    const missing = await missingOf(db, names)
    if (missing === undefined) return
    const facts = { missing, timeoutMs }
    if (performance.now() > deadlineMs) {
      throw new Fault('migrate.not-run', 'a migration did not run in time', facts)
    }
    if (looks === 0) log.info(facts, 'waits for the migrations of this release')
    await sleep(LOOK_AGAIN_MS)
  }
}

/** The first that is not on record; any of them while the database can't tell. */
async function missingOf(db: Db, names: string[]): Promise<string | undefined> {
  try {
    const { rows } = await db.query<{ name: string }>('select name from migrations')
    const ran = new Set(rows.map(({ name }) => name))
    return names.find((name) => !ran.has(name))
  } catch {
    return names[0]
  }
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

function isNew({ name, checksum }: Migration, ranAs: string | undefined) {
  if (ranAs === undefined || ranAs === checksum) return ranAs === undefined
  throw new Fault('migrate.changed', 'a migration that ran was changed', { name })
}

async function run(tx: Tx, { name, sql, checksum }: Migration) {
  await tx.query(sql)
  await tx.query('insert into migrations (name, checksum) values ($1, $2)', [name, checksum])
}

/** Names of the numbered files of `folder`, in order. */
export async function migrationNames(folder: URL): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const odd = names.find((name) => !FILE_NAME.test(name))
  if (odd) throw new Fault('migrate.bad-name', 'a migration is named 0001-what.sql', { name: odd })
  return names
}

async function readMigrations(folder: URL, prefix: string): Promise<Migration[]> {
  return Promise.all(
    (await migrationNames(folder)).map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8')
      return { name: prefix + name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}
