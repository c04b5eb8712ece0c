import type { Dirent } from 'node:fs'
import { chown, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { PlainError } from '../plain-error.ts'
import type { ProcessUser } from '../supervisor/part.ts'

// Of no use to another server, or wrong there: its own WAL, slots and locks. It needs the folders.
const foldersLeftEmpty = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
])
const filesLeftOut = new Set([
  'postmaster.pid',
  'postmaster.opts',
  'postgresql.auto.conf.tmp',
  'current_logfiles',
  'standby.signal',
  'recovery.signal',
  'backup_label',
  'tablespace_map',
])
const controlFile = 'pg_control' // last, so that it is never older than what it speaks of
const folderMode = 0o700

export type BackupOptions = {
  /** A superuser of the running server. */
  url: string
  /** Its data folder, and the new one. */
  from: string
  to: string
  user: ProcessUser | undefined
  /** Wait until the archive has every WAL file that the copy needs. */
  isArchived?: boolean
}

/**
 * Copies a running server's data folder; it goes on taking writes. The copy is whole only with the
 * WAL written meanwhile, from a slot made before or from the archive. With a production server use
 * pg_basebackup: the embedded programs have none. Not synced, as initdb's folder is not.
 */
export async function baseBackup(options: BackupOptions): Promise<void> {
  const { url, from, to, user, isArchived = false } = options
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    // One session from start to stop: if it breaks, Postgres forgets the backup, and so do we.
    await client.query("select pg_backup_start('flashsale', fast => true)")
    await rm(to, { recursive: true, force: true })
    await copyFolder(from, to, user)
    await copyOne(join(from, 'global', controlFile), join(to, 'global', controlFile), user)
    const { rows } = await client.query('select * from pg_backup_stop($1)', [isArchived])
    const { labelfile, spcmapfile } = rows[0]
    if (spcmapfile) throw new PlainError('a tablespace outside the data folder was not copied')
    await writeOwned(join(to, 'backup_label'), labelfile, user)
  } finally {
    await client.end()
  }
}

/** Written for the server's user alone. */
export async function writeOwned(file: string, text: string, user: ProcessUser | undefined) {
  await writeFile(file, text, { mode: 0o600 })
  if (user) await chown(file, user.uid, user.gid)
}

async function copyFolder(from: string, to: string, user: ProcessUser | undefined): Promise<void> {
  await mkdir(to, { mode: folderMode })
  if (user) await chown(to, user.uid, user.gid)
  const entries = await readdir(from, { withFileTypes: true })
  await Promise.all(
    entries.map(async (entry) => {
      const [source, target] = [join(from, entry.name), join(to, entry.name)]
      if (entry.isSymbolicLink()) throw new PlainError(`${source} leads out of the data folder`)
      if (!entry.isDirectory()) return isWanted(entry) && copyOne(source, target, user)
      if (!foldersLeftEmpty.has(entry.name)) return copyFolder(source, target, user)
      await mkdir(target, { mode: folderMode })
      if (user) await chown(target, user.uid, user.gid)
    }),
  )
}

function isWanted({ name }: Dirent): boolean {
  if (filesLeftOut.has(name) || name === controlFile) return false
  return !name.startsWith('pgsql_tmp') && !name.startsWith('pg_internal.init')
}

/** A file may be gone again before its turn: the WAL tells the standby of that too. */
async function copyOne(from: string, to: string, user: ProcessUser | undefined): Promise<void> {
  try {
    await copyFile(from, to)
  } catch (error) {
    if (isMissing(error) && !from.endsWith(controlFile)) return
    throw error
  }
  if (user) await chown(to, user.uid, user.gid)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
