import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessUser } from '../supervisor/part.ts'
import { postgresDataFolder, postgresProgram, postgresUser } from './postgres-files.ts'

/** Where Postgres' program and our data folders are, and the user that both processes run as. */
export type PostgresPlace = { program: string; folder: string; user: ProcessUser | undefined }

const dataFolders = ['data', 'standby'] as const

export function postgresPlace(stateDir: string): PostgresPlace {
  const user = postgresUser()
  return {
    user,
    program: postgresProgram(user),
    folder: postgresDataFolder(stateDir, user),
  }
}

/** The only data folder that may take writes. Two of them can exist: the other is a standby's. */
export function primaryData(folder: string): string {
  return join(folder, primaryName(folder))
}

export function standbyData(folder: string): string {
  return join(folder, dataFolders.find((name) => name !== primaryName(folder)) ?? 'standby')
}

/** From here on the old primary's folder is never started as one again: it can only be copied over. */
export function makeStandbyPrimary(folder: string): void {
  const other = dataFolders.find((name) => name !== primaryName(folder)) ?? 'standby'
  writeFileSync(`${primaryFile(folder)}.new`, other, { flush: true })
  renameSync(`${primaryFile(folder)}.new`, primaryFile(folder))
}

function primaryName(folder: string): string {
  const file = primaryFile(folder)
  return existsSync(file) ? readFileSync(file, 'utf8') : dataFolders[0]
}

function primaryFile(folder: string): string {
  return join(folder, 'primary')
}

/**
 * A primary that waits for a standby from its first commit on could not even make the databases: it
 * waits again once its standby streams, which is before any service starts.
 */
export function startAlone(data: string): void {
  const file = join(data, 'postgresql.auto.conf')
  const lines = readFileSync(file, 'utf8').split('\n')
  const kept = lines.filter((line) => !line.startsWith('synchronous_standby_names'))
  if (kept.length < lines.length) writeFileSync(file, kept.join('\n'))
}
