import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Client } from 'pg'
import { postgresPart, superuserUrl } from '../src/parts/postgres.ts'
import {
  archiveFolder,
  archiveSettings,
  type RecoveryTarget,
  restoredPart,
} from '../src/parts/postgres-archive.ts'
import { baseBackup } from '../src/parts/postgres-backup.ts'
import { postgresPlace, primaryData } from '../src/parts/postgres-place.ts'
import { freePorts } from '../src/stack/ports.ts'
import { postgresLab, startWriter, until } from './postgres-pair.ts'

type Writer = ReturnType<typeof startWriter>

/** A server with an archive, and a base backup that was made while rows were written. */
export async function startArchived(t: TestContext) {
  const lab = postgresLab(t)
  const { stateDir, password } = lab
  const ports = await freePorts()
  const port = ports.postgres
  const place = postgresPlace(stateDir)
  await lab.run(postgresPart({ stateDir, password, port, settings: archiveSettings(place) }))
  const [primary, watcher] = [await lab.open(port), await lab.open(port)]
  await primary.query('create table written (id int primary key)')
  const writer = startWriter(primary)
  await writer.hasWritten()

  const backup = join(place.folder, 'backup')
  const [url, from] = [superuserUrl(port, password), primaryData(place.folder)]
  await baseBackup({ url, from, to: backup, user: place.user, isArchived: true })
  await writer.hasWritten()

  const restoredPort = ports.postgresStandby
  async function restore(target: RecoveryTarget): Promise<Client> {
    const data = join(place.folder, 'restored')
    const archive = archiveFolder(place)
    const to = { data, port: restoredPort, password }
    await lab.run(restoredPart({ place, backup, archive, target, ...to }))
    return await lab.open(restoredPort)
  }
  const log = async (text: string) => {
    const file = join(stateDir, 'postgres-restored.log')
    await until(async () => readFileSync(file, { encoding: 'utf8', flag: 'a+' }).includes(text))
  }
  return { watcher, writer, restore, log }
}

/** Rows surely written before, and the last that may have been. */
export async function pointInTime(writer: Writer, make: () => Promise<void>) {
  const allBelow = writer.acknowledged.length
  await make()
  return { allBelow, noneAbove: writer.acknowledged.length }
}

type Bounds = Awaited<ReturnType<typeof pointInTime>>

/** The rows that are missing though they came before the point, and those that came after it. */
export function outOfBounds({ allBelow, noneAbove }: Bounds, found: Set<number>) {
  const missing = Array.from({ length: allBelow }, (_, id) => id).filter((id) => !found.has(id))
  return { missing, later: [...found].filter((id) => id > noneAbove) }
}
