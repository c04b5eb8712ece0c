import { type Client, escapeIdentifier, escapeLiteral } from 'pg'
import { withPostgres } from '../with-postgres.ts'
import { type Addresses, databases, type Settings } from './settings.ts'

const lockKey = 7_201_984 // serializes runs that make roles and databases on one server

/** One database and one role for each service, closed to all others. Safe to repeat. */
export async function makeDatabases(to: Addresses, settings: Settings): Promise<void> {
  await withPostgres(to.postgres, async (client) => {
    await client.query('select pg_advisory_lock($1)', [lockKey])
    for (const database of databases) {
      await makeDatabase(client, to.databases[database].name, settings.secrets[database])
    }
    if (settings.external.postgres) return
    await client.query('revoke connect, temporary on database postgres, template1 from public')
  })
}

async function makeDatabase(client: Client, name: string, password: string): Promise<void> {
  const [id, secret] = [escapeIdentifier(name), escapeLiteral(password)]
  const role = await client.query('select from pg_roles where rolname = $1', [name])
  if (role.rowCount === 0) await client.query(`create role ${id} login`)
  await client.query(
    `alter role ${id} login nosuperuser nocreatedb nocreaterole password ${secret}`,
  )
  const found = await client.query('select from pg_database where datname = $1', [name])
  // An owner who is not a superuser's own role must be granted to whoever creates for it.
  if (found.rowCount === 0) await client.query(`create database ${id} owner ${id}`)
  await client.query(`revoke all on database ${id} from public`)
  // Since Postgres 15 nobody but the database's owner may create in its schema public.
}

/** Removes what `makeDatabases` made on a server that is not ours. */
export async function dropDatabases(to: Addresses): Promise<void> {
  await withPostgres(to.postgres, async (client) => {
    for (const database of databases) {
      const id = escapeIdentifier(to.databases[database].name)
      await client.query(`drop database if exists ${id} with (force)`)
      await client.query(`drop role if exists ${id}`)
    }
  })
}
