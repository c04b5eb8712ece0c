import { execFile } from 'node:child_process'
import { chownSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import type { Part } from '../supervisor/part.ts'
import { postgresDataFolder, postgresProgram, postgresUser } from './postgres-files.ts'

const run = promisify(execFile)
const maxConnections = 500
const stopTimeoutMs = 10_000

export type PostgresOptions = { stateDir: string; port: number; password: string }

export function postgresPart({ stateDir, port, password }: PostgresOptions): Part {
  const user = postgresUser()
  const program = postgresProgram(user)
  const folder = postgresDataFolder(stateDir, user)
  const data = join(folder, 'data')
  const url = superuserUrl(port, password)
  return {
    name: 'postgres',
    kind: 'infra',
    url: `postgres://127.0.0.1:${port}`,
    command: join(program, 'bin/postgres'),
    args: ['-D', data, ...settings(port)],
    env: { LC_ALL: 'C', TZ: 'UTC' },
    cwd: '/',
    user,
    needs: [],
    stopRank: 2,
    stopSignal: 'SIGINT', // its fast shutdown: does not wait for clients to leave
    stopTimeoutMs,
    prepare: () => initialize({ program, folder, data, password, user }),
    ready: () => canQuery(url),
  }
}

export function superuserUrl(port: number, password: string): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
}

function settings(port: number): string[] {
  const all = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: maxConnections,
    shared_buffers: '128MB',
    max_wal_size: '2GB',
    log_checkpoints: 'off',
  }
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

type Place = {
  program: string
  folder: string
  data: string
  password: string
  user: ReturnType<typeof postgresUser>
}

async function initialize({ program, folder, data, password, user }: Place): Promise<void> {
  if (existsSync(join(data, 'PG_VERSION')) && !existsSync(join(folder, 'initdb-unfinished'))) return
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

async function canQuery(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}
