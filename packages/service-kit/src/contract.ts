/**
 * Expand, then contract (docs/change.md). Migrations that a service runs at its start leave an older
 * release working. What only newer ones can live with is in `migrations/contract/`, under the number of
 * the migration that it completes, and is run by a person when no older release is connected.
 */
import type { Db, Tx } from './db.ts'
import { Fault } from './fault.ts'
import { migrate, migrationNames } from './migrate.ts'

const PREFIX = 'contract/'
const INSTANCE_CHARS_MAX = 40 // of the 63 bytes that Postgres keeps
const AT = ' at '

const numberOf = (name: string) => name.slice(0, 4)

/** What a service's sessions are called: its instance, and the newest migration that its code knows. */
export async function sessionName(instance: string, migrations: URL): Promise<string> {
  const newest = (await migrationNames(migrations)).at(-1) ?? '0000'
  return `${instance.slice(0, INSTANCE_CHARS_MAX)}${AT}${numberOf(newest)}`
}

type Options = {
  /** Names of sessions that say nothing of a release: a service has others beside them. */
  besides?: string[]
}

/** Runs what is left in `migrations/contract/`, and says what that was; fails while an older release is there. */
export async function contract(db: Db, migrations: URL, { besides = [] }: Options = {}) {
  const before = async (tx: Tx, name: string) => {
    const older = await olderSessions(tx, numberOf(name.slice(PREFIX.length)), besides)
    if (older.length === 0) return
    const facts = { migration: name, sessions: older }
    throw new Fault('contract.older-release', 'an older release is connected', facts)
  }
  return await migrate(db, new URL(PREFIX, migrations), { prefix: PREFIX, before })
}

/** Fails when a newer release has taken away what this one relies on. */
export async function refuseContracted(db: Db, migrations: URL): Promise<void> {
  const { rows } = await db.query<{ name: string }>(
    'select name from migrations where starts_with(name, $1)',
    [PREFIX],
  )
  const known = numberOf((await migrationNames(migrations)).at(-1) ?? '0000')
  const unknown = rows.filter(({ name }) => numberOf(name.slice(PREFIX.length)) > known)
  if (unknown.length === 0) return
  const facts = { known, migrations: unknown.map(({ name }) => name) }
  throw new Fault('contract.too-old', 'this release is older than its database', facts)
}

// Whom a service runs as, where that is not the owner (grants.sql). Names of sessions are open to all.
const ANOTHER_ROLE_OF_OURS = `exists (select from pg_roles r where r.oid = usesysid and not r.rolsuper
  and has_table_privilege(r.oid, 'migrations', 'select'))`

/** A service asks its database many times a second: one that runs has a session. */
async function olderSessions(tx: Tx, number: string, besides: string[]): Promise<string[]> {
  const { rows } = await tx.query<{ name: string }>(
    `select distinct application_name as name from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()
       and (usename = current_user or ${ANOTHER_ROLE_OF_OURS})
       and application_name <> '' and application_name <> all($1)`,
    [besides],
  )
  return rows.map(({ name }) => name).filter((name) => knows(name) < number)
}

/** Of a name without it, nothing is known. */
const knows = (name: string) => (name.includes(AT) ? (name.split(AT).at(-1) ?? '') : '')
