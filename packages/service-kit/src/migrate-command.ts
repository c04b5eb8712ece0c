/**
 * `migrate.js` of an image: runs what a service runs at its start, and nothing else, so that one job can
 * do it before any instance is replaced. `migrate.js --wait`: until that is done, by whomever.
 */
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { parseEnv } from './config.ts'
import { sessionName } from './contract.ts'
import { createDb } from './db.ts'
import { createLog, type Log } from './log.ts'
import { migrateAll, whenMigrated } from './migrate.ts'
import { checkPostgres, type DatabaseAddress, postgresEnv, postgresOf } from './postgres-env.ts'
import { timelineGuard, whenAccepted } from './timeline.ts'

const WAIT_MS_MAX = 540_000 // then whoever waits is started again, and seen to be
const ANSWER_TIMEOUT_MS = 540_000 // an index of a large table takes its time
const CONNECTIONS_MAX = 2 // the second one looks at the timeline

const Env = z
  .object({
    ...postgresEnv,
    // Whom the service runs as, where that is another: gets what `grants.sql` says (docs/store-access.md).
    DATABASE_RUNTIME_ROLE: z.string().min(1).max(63).optional(),
  })
  .superRefine(checkPostgres)

type Options = { service: string; folders: URL[]; env: NodeJS.ProcessEnv; args: string[] }

/** Resolves when all of `folders` are on record; rejects when they can't be, or not in time. */
export async function migrateCommand({ service, folders, env, args }: Options): Promise<void> {
  const { values } = parseArgs({ args, options: { wait: { type: 'boolean', default: false } } })
  const settings = parseEnv(Env, env)
  const log = createLog(service)
  const name = await sessionName('migrate', folders.at(-1) as URL) // no older release (docs/change.md)
  const { DATABASE_RUNTIME_ROLE: runtimeRole } = settings
  const at = postgresOf(settings)
  if (values.wait) await wait(at, { name, folders, log })
  else await run(at, { name, folders, log, runtimeRole })
}

type Work = { name: string; folders: URL[]; log: Log }

async function wait(at: DatabaseAddress, { name, folders, log }: Work) {
  const db = createDb(at, { name, max: 1 })
  try {
    await whenMigrated(db, folders, { timeoutMs: WAIT_MS_MAX, log })
  } finally {
    await db.close()
  }
}

type Run = Work & { runtimeRole: string | undefined }

async function run(at: ReturnType<typeof postgresOf>, { name, folders, log, runtimeRole }: Run) {
  const guard = timelineGuard({ standby: at.standby, log })
  const options = { name, guard, max: CONNECTIONS_MAX, answerTimeoutMs: ANSWER_TIMEOUT_MS }
  const db = createDb(at, options)
  try {
    await whenAccepted(db)
    const ran = await migrateAll(db, folders, runtimeRole)
    log.info({ ran, runtimeRole }, 'the database has what this release needs')
  } finally {
    await db.close()
  }
}
