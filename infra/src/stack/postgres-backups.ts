import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { canQuery } from '../parts/postgres.ts'
import {
  archiveFolder,
  archiveUntilNow,
  type RecoveryTarget,
  restoreInto,
} from '../parts/postgres-archive.ts'
import { baseBackup } from '../parts/postgres-backup.ts'
import { postgresPlace, primaryData } from '../parts/postgres-place.ts'
import type { Supervisor } from '../supervisor/supervise.ts'
import { waitUntil } from '../wait-until.ts'
import type { Addresses } from './settings.ts'

const downTimeoutMs = 10_000
const restoredTimeoutMs = 120_000
const notInRecovery = 'select where not pg_is_in_recovery()'

export type PostgresBackups = {
  /** A base backup, while the server runs; the last one is the one that is restored. */
  backUpPostgres(): Promise<void>
  /** Postgres is killed and comes back as it was at the target: what was committed later is gone. */
  restorePostgres(target: RecoveryTarget): Promise<void>
}

type Wanted = { stateDir: string; to: Addresses; supervisor: Supervisor }

/** For a stack whose Postgres archives its WAL. */
export function postgresBackups({ stateDir, to, supervisor }: Wanted): PostgresBackups {
  const where = () => {
    const place = postgresPlace(stateDir)
    return { place, data: primaryData(place.folder), backup: join(place.folder, 'backup') }
  }
  return {
    backUpPostgres: async () => {
      const { place, data, backup } = where()
      const how = { user: place.user, isArchived: true }
      await baseBackup({ url: to.postgres, from: data, to: backup, ...how })
    },
    restorePostgres: async (target) => {
      const { place, data, backup } = where()
      const server = supervisor.runner('postgres')
      await archiveAll(to.postgres)
      const restored = join(place.folder, 'restored')
      await restoreInto({ place, backup, archive: archiveFolder(place), data: restored, target })
      server.holdDown()
      await waitUntil('Postgres to be gone', () => server.status.pid === null, downTimeoutMs)
      renameSync(data, `${data}-set-back-${Date.now()}`) // kept: a restore that was wrong is done again
      renameSync(restored, data)
      server.letUp()
      await waitUntil(
        'it to be restored',
        () => canQuery(to.postgres, notInRecovery),
        restoredTimeoutMs,
      )
    },
  }
}

async function archiveAll(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    await archiveUntilNow(client)
  } finally {
    await client.end()
  }
}
