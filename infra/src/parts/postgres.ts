import { execFile } from 'node:child_process'
import { chownSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import type { Part } from '../supervisor/part.ts'
import { type PostgresPlace, postgresPlace, primaryData, startAlone } from './postgres-place.ts'

const run = promisify(execFile)
const stopTimeoutMs = 10_000
// A standby needs nothing more than Postgres' own defaults: wal_level replica, ten walsenders.
const commonSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 500,
  shared_buffers: '128MB',
  max_wal_size: '2GB',
  max_slot_wal_keep_size: '4GB', // a standby that never comes back must not fill the disk
  wal_sender_timeout: '10s',
  log_checkpoints: 'off',
}

export type PostgresOptions = {
  stateDir: string
  port: number
  password: string
  settings?: ServerSettings
}
export type ServerSettings = Record<string, string | number>

/** The server that takes writes, on whichever of the two data folders was made primary last. */
export function postgresPart(options: PostgresOptions): Part {
  const place = postgresPlace(options.stateDir)
  const data = primaryData(place.folder)
  const url = superuserUrl(options.port, options.password)
  return {
    ...postgresServer('postgres', { ...options, place, data }),
    needs: [],
    prepare: () => initialize(place, data, options.password),
    ready: () => canQuery(url),
  }
}

type Server = PostgresOptions & { place: PostgresPlace; data: string }

/** What every Postgres process of ours has in common, primary or standby. */
export function postgresServer(name: string, { place, data, port, settings = {} }: Server) {
  const all = Object.entries({ ...commonSettings, port, ...settings })
  return {
    name,
    kind: 'infra',
    url: `postgres://127.0.0.1:${port}`,
    command: join(place.program, 'bin/postgres'),
    args: ['-D', data, ...all.flatMap(([setting, value]) => ['-c', `${setting}=${value}`])],
    env: { LC_ALL: 'C', TZ: 'UTC' },
    cwd: '/',
    user: place.user,
    stopRank: 2,
    stopSignal: 'SIGINT', // its fast shutdown: does not wait for clients to leave
    stopTimeoutMs,
  } satisfies Partial<Part>
}

export function superuserUrl(port: number, password: string): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
}

async function initialize(place: PostgresPlace, data: string, password: string): Promise<void> {
  const { program, folder, user } = place
  const isInitialized = existsSync(join(data, 'PG_VERSION'))
  if (isInitialized && !existsSync(join(folder, 'initdb-unfinished'))) return startAlone(data)
  rmSync(data, { recursive: true, force: true })
  const [unfinished, passwordFile] = [join(folder, 'initdb-unfinished'), join(folder, 'password')]
  writeFileSync(unfinished, '')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (user) chownSync(passwordFile, user.uid, user.gid)
  const args = ['-D', data, '--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8']
  args.push('--locale=C', '--no-sync', `--pwfile=${passwordFile}`)
  await run(join(program, 'bin/initdb'), args, { cwd: '/', env: { TZ: 'UTC' }, ...user })
  rmSync(passwordFile)
  rmSync(unfinished)
}

export async function canQuery(url: string, sql = 'select 1', timeoutMs = 1_000) {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: timeoutMs })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rowCount } = await client.query(sql)
    return rowCount === 1
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}
