import { execFile } from 'node:child_process'
import { chownSync, copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Client, escapeLiteral } from 'pg'
import { root } from '../checkout.ts'
import { PlainError } from '../plain-error.ts'
import type { Part } from '../supervisor/part.ts'
import { canQuery, postgresServer, type ServerSettings, superuserUrl } from './postgres.ts'
import { writeOwned } from './postgres-backup.ts'
import { type PostgresPlace, startAlone } from './postgres-place.ts'

const run = promisify(execFile)
const archivedTimeoutMs = 30_000
const archivedEveryMs = 50
const script = 'archive-wal.sh'

/** Every finished WAL file is copied here: with a base backup, any moment since can be restored. */
export function archiveFolder(place: PostgresPlace): string {
  const folder = join(place.folder, 'archive')
  const copy = join(place.folder, script) // the checkout may be out of the server's reach
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  copyFileSync(join(root, 'infra/postgres', script), copy)
  if (place.user) chownSync(folder, place.user.uid, place.user.gid)
  return folder
}

export function archiveSettings(place: PostgresPlace): ServerSettings {
  const folder = archiveFolder(place)
  const command = `/bin/sh "${join(place.folder, script)}" "${folder}" "%p" "%f"`
  return { archive_mode: 'on', archive_command: command, archive_timeout: '60s' }
}

/** Ends the WAL file that is being written, and waits until the archive has it. */
export async function archiveUntilNow(client: Client): Promise<void> {
  const sql = 'select pg_walfile_name(pg_switch_wal()) as name'
  const { rows } = await client.query(sql)
  const done = 'select from pg_stat_archiver where last_archived_wal >= $1'
  for (const deadline = Date.now() + archivedTimeoutMs; Date.now() < deadline; ) {
    if ((await client.query(done, [rows[0].name])).rowCount === 1) return
    await sleep(archivedEveryMs)
  }
  throw new PlainError(`${rows[0].name} does not come into the archive`)
}

/** The last thing that a restored server knows: a named restore point, or a time. */
export type RecoveryTarget = { name: string } | { time: Date }

export type RestoreSource = {
  place: PostgresPlace
  /** A base backup, which stays as it is, and the archive with the WAL since. */
  backup: string
  archive: string
  /** The new data folder: never one that a server has used. */
  data: string
  target: RecoveryTarget
}
export type RestoreOptions = RestoreSource & { port: number; password: string }

/** A server that comes up with all that was there at the target and nothing later, and takes writes. */
export function restoredPart(options: RestoreOptions): Part {
  const { place, data, port, password } = options
  const url = superuserUrl(port, password)
  return {
    ...postgresServer('postgres-restored', { place, data, port, password, stateDir: '' }),
    needs: [],
    prepare: () => restoreInto(options),
    ready: () => canQuery(url, 'select where not pg_is_in_recovery()'),
  }
}

/** Makes the data folder; the server that runs on it first replays the archive up to the target. */
export async function restoreInto({ place, backup, archive, data, target }: RestoreSource) {
  if (existsSync(data)) throw new PlainError(`${data} is there: restore into a new folder`)
  await run('cp', ['-pR', backup, data]) // with their owner, which Node's own copy forgets
  startAlone(data) // whoever stood by for the lost server does not for this one
  // Postgres takes no Z here: abbreviations of zones may still change while its settings are read.
  const reached = 'name' in target ? target.name : target.time.toISOString().replace('Z', '+00')
  const settings = {
    restore_command: `cp "${archive}/%f" "%p"`,
    ['name' in target ? 'recovery_target_name' : 'recovery_target_time']: reached,
    recovery_target_action: 'promote',
    primary_conninfo: '',
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${escapeLiteral(value)}`)
  await appendFile(join(data, 'postgresql.auto.conf'), `${lines.join('\n')}\n`)
  await writeOwned(join(data, 'recovery.signal'), '', place.user)
}
