import { execFile, spawn } from 'node:child_process'
import { chownSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createDb } from '@flashsale/service-kit/db.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { freePort } from '@flashsale/test-kit/process.ts'
import { randomSecret } from '@flashsale/test-kit/random.ts'
import { Client, escapeIdentifier, escapeLiteral } from 'pg'
import { root } from '../../src/checkout.ts'
import { postgresPart } from '../../src/parts/postgres.ts'
import { removePostgresData } from '../../src/parts/postgres-files.ts'
import { postgresPlace } from '../../src/parts/postgres-place.ts'
import type { Authority } from './certificates.ts'
import { endWith } from './end-with.ts'

const READY_WITHIN_MS = 30_000
const run = promisify(execFile)

const SERVICES = ['inventory', 'order', 'payment'] as const
type Owner = (typeof SERVICES)[number]
export type Role = Owner | `${Owner}_runtime` | 'postgres'
export type SecurePostgres = Awaited<ReturnType<typeof startSecurePostgres>>

type Wanted = { folder: string; authority: Authority; caFile: string }

/**
 * A server that takes encrypted connections with passwords alone. Each service has a database, its owner
 * and the role that it runs as, made by infra/postgres/make-roles.sql and the service's migrations.
 */
export async function startSecurePostgres(t: TestContext, wanted: Wanted) {
  const { folder: stateDir, caFile } = wanted
  const port = await freePort()
  const roles = SERVICES.flatMap((name) => [name, `${name}_runtime`] as const)
  const passwords = Object.fromEntries(
    [...roles, 'postgres' as const].map((role) => [role, randomSecret()]),
  ) as Record<Role, string>
  const settings = settingsOf(stateDir, wanted.authority)
  const part = postgresPart({ stateDir, port, password: passwords.postgres, settings })
  await part.prepare?.()
  const { command, args, env, cwd, user } = part
  endWith(t, 'postgres', spawn(command, args, { cwd, env, ...user, stdio: 'pipe' }))
  t.after(() => removePostgresData(stateDir))

  /** As the setting of a service says it. */
  const url = (role: Role, database: string) =>
    `postgres://${role}:${passwords[role]}@127.0.0.1:${port}/${database}?sslmode=verify-full`
  const settingsFor = (role: Role) => {
    return { DATABASE_URL: url(role, role.split('_')[0] ?? ''), DATABASE_CA_FILE: caFile }
  }
  /** As the services connect. */
  const open = (role: Role, database: string) => {
    const plain = url(role, database).replace('?sslmode=verify-full', '')
    return createDb({ url: plain, tls: { caFile } }, { max: 1 })
  }
  await until(() => canLogIn(open('postgres', 'postgres')), {
    timeoutMs: READY_WITHIN_MS,
    what: 'Postgres to be ready',
  })
  const superuser = new Client({
    connectionString: url('postgres', 'postgres').replace('?sslmode=verify-full', ''),
    ssl: { ca: readFileSync(caFile, 'utf8'), host: '127.0.0.1' },
  })
  await superuser.connect()
  for (const name of SERVICES) await makeRoles(superuser, name, passwords)
  await superuser.end()
  await Promise.all(SERVICES.map((name) => migrate(name, settingsFor(name))))
  return { port, passwords, url, settingsFor, open }
}

/** Files that the server reads lie with its data, for it has a user of its own. */
function settingsOf(stateDir: string, authority: Authority) {
  const { folder, user } = postgresPlace(stateDir)
  const { cert, key } = authority.issue('postgres', ['127.0.0.1'])
  const put = (name: string, text: string) => {
    const file = join(folder, name)
    writeFileSync(file, text, { mode: 0o600 })
    if (user) chownSync(file, user.uid, user.gid)
    return file
  }
  return {
    ssl: 'on',
    ssl_cert_file: put('cert.pem', cert),
    ssl_key_file: put('key.pem', key),
    hba_file: put('hba.conf', 'hostssl all all 127.0.0.1/32 scram-sha-256\n'),
  }
}

async function canLogIn(db: ReturnType<typeof createDb>): Promise<boolean> {
  try {
    await db.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await db.close()
  }
}

async function makeRoles(superuser: Client, name: Owner, passwords: Record<Role, string>) {
  const runtime = `${name}_runtime` as const
  const values: Record<string, string> = {
    ':"name"': escapeIdentifier(name),
    ':"runtime"': escapeIdentifier(runtime),
    ":'password'": escapeLiteral(passwords[name]),
    ":'runtime_password'": escapeLiteral(passwords[runtime]),
  }
  const sql = readFileSync(join(root, 'infra/postgres/make-roles.sql'), 'utf8')
  const filled = Object.entries(values).reduce((text, [from, to]) => text.replaceAll(from, to), sql)
  for (const statement of filled.replaceAll(/--.*$/gm, '').split(';')) {
    if (statement.trim()) await superuser.query(statement)
  }
}

/** The job of a release, as the owner. */
async function migrate(name: Owner, settings: Record<string, string>) {
  const program = fileURLToPath(
    new URL(`../../../services/${name}/src/migrate/main.ts`, import.meta.url),
  )
  const own = { DATABASE_RUNTIME_ROLE: `${name}_runtime`, STORES_TLS: 'required' }
  await run(process.execPath, [program], { env: { PATH: process.env.PATH, ...settings, ...own } })
}
