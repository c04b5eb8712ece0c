/**
 * R18: a Postgres that failed over may lack commits that Redis, Kafka and the bank have acted on. Each
 * promotion and each restore begins a new timeline; a crash and a restart do not.
 */
import { z } from 'zod'
import { Fault } from './fault.ts'
import type { Log } from './log.ts'
import { gauge } from './metric.ts'
import { replicationBarrier } from './replication-barrier.ts'
import { sleep } from './wait.ts'

const LOOK_AGAIN_MS = 500
const RUNBOOK = 'docs/runbooks/ledger-behind.md'

/**
 * `synchronous`: whatever took over has every commit that was answered, so its timeline is taken over.
 * `other`, also where nobody said: a new timeline waits for a person.
 */
export const PostgresStandby = z.enum(['synchronous', 'other'])
export type PostgresStandby = z.infer<typeof PostgresStandby>

/** Each service runs these before its own. */
export const timelineMigrations = new URL('../migrations/', import.meta.url)

const metric = gauge('postgres_failed_over')

type Query = (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }>
/** A connection, or anything that runs one statement. */
export type Asked = { query: Query }
export type TimelineGuard = ReturnType<typeof timelineGuard>

const FAILED_OVER = 'postgres.failed-over'
export const isFailedOver = (error: unknown) => error instanceof Fault && error.code === FAILED_OVER

/** Looks at every new connection before anyone works on it, and again while it is in use. */
export function timelineGuard({ standby, log }: { standby: PostgresStandby; log: Log }) {
  let failedOver = false
  const barrier = replicationBarrier()
  const refusal = (facts: object) =>
    new Fault(FAILED_OVER, `Postgres has a new timeline, see ${RUNBOOK}`, { ...facts })

  const hold = (facts: object) => {
    if (!failedOver) {
      log.error(
        { ...facts, runbook: RUNBOOK },
        'Postgres failed over: nothing is touched until ' + 'a person has run `recover-ledger`',
      )
    }
    failedOver = true
    metric.set(1)
    return refusal(facts)
  }
  const goOn = () => {
    if (failedOver) log.warn({}, 'the new timeline of Postgres was accepted: work goes on')
    failedOver = false
    metric.set(0)
  }

  return {
    /** As last seen; no connection is asked. */
    failedOver: () => failedOver,
    refusal: () => refusal({}),
    /** Throws when nothing may be done through this connection. */
    async check(tx: Asked): Promise<void> {
      const row = await readTimeline(tx)
      if (!row) return // the first start: the migration accepts what it finds
      const { accepted, found, held } = row
      if (found === null) throw new Fault('postgres.is-standby', 'this Postgres is a standby', {})
      if (held || (found !== accepted && standby !== 'synchronous')) throw hold(row)
      if (found !== accepted) {
        await accept(tx, { unlessHeld: true })
        log.warn({ accepted, found }, 'a synchronous standby took over: its timeline is accepted')
      }
      if (standby === 'synchronous') await barrier(tx)
      goOn()
    },
  }
}

/** For a start: waits for the person instead of ending the process again and again. */
export async function whenAccepted(db: Asked): Promise<void> {
  while (true) {
    try {
      await db.query('select 1')
      return
    } catch (error) {
      if (!isFailedOver(error)) throw error
      await sleep(LOOK_AGAIN_MS)
    }
  }
}

type Row = { accepted: string; held: boolean; found: string | null }
const NO_TABLE = '42P01'
const FOUND = `case when pg_is_in_recovery() then null else
  (select system_identifier from pg_control_system()) || '/'
  || left(pg_walfile_name(pg_current_wal_lsn()), 8) end`

export async function readTimeline(tx: Asked): Promise<Row | undefined> {
  try {
    const { rows } = await tx.query(`select accepted, held, ${FOUND} as found from timeline`)
    return rows[0] as Row | undefined
  } catch (error) {
    if ((error as { code?: string }).code === NO_TABLE) return undefined
    throw error
  }
}

/** Services that look at it leave the database alone from now on, whatever its timeline is. */
export async function hold(tx: Asked): Promise<void> {
  await tx.query('update timeline set held = true')
}

/** Those who wait for it go on. */
export async function accept(tx: Asked, { unlessHeld = false } = {}): Promise<void> {
  await tx.query(
    `update timeline set accepted = ${FOUND}, accepted_at = now(), held = false
     where not (held and $1)`,
    [unlessHeld],
  )
}
