/** What the role may do that a service runs as, where that is not the owner of its tables. */
import { readFile } from 'node:fs/promises'
import pg from 'pg'
import type { Tx } from './db.ts'
import { Fault } from './fault.ts'

/**
 * Beside a folder of migrations stands `grants.sql`: all that a runtime role may do with its tables, the
 * rest is taken away. Also for `psql -v runtime=ROLE -f grants.sql`. In the migrations' own transaction.
 */
export async function applyGrants(tx: Tx, folder: URL, role: string): Promise<void> {
  await assertHumble(tx, role)
  await openDatabase(tx, role)
  const sql = await readFile(new URL('../grants.sql', folder), 'utf8')
  await tx.query(sql.replaceAll(':"runtime"', pg.escapeIdentifier(role)))
}

/** Grants bound nobody who is a superuser, or owns the tables by a detour. */
async function assertHumble(tx: Tx, role: string): Promise<void> {
  const { rows } = await tx.query<{ mighty: boolean; owner: boolean }>(
    `select rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls as mighty,
            pg_has_role(oid, current_user, 'member') as owner
     from pg_roles where rolname = $1`,
    [role],
  )
  const [found] = rows
  if (!found) throw new Fault('migrate.no-role', 'the runtime role is not there', { role })
  if (!found.mighty && !found.owner) return
  throw new Fault('migrate.mighty-role', 'the runtime role may more than grants say', { role })
}

/** To this role, and no longer to everybody. */
async function openDatabase(tx: Tx, role: string): Promise<void> {
  const { rows } = await tx.query<{ name: string }>('select current_database() as name')
  const [database, to] = [rows[0]?.name ?? '', role].map((name) => pg.escapeIdentifier(name))
  await tx.query(`revoke all on database ${database} from public, ${to}`)
  await tx.query(`grant connect on database ${database} to ${to}`)
  await tx.query(`revoke all on schema public from ${to}`)
  await tx.query(`grant usage on schema public to ${to}`)
}
