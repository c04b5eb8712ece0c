/** What the recovery programs of all services share: who may work, and what they found (R18). */
import type { Db } from './db.ts'
import { Fault } from './fault.ts'
import type { Log } from './log.ts'
import { migrate } from './migrate.ts'
import { accept, hold, timelineMigrations } from './timeline.ts'
import { until } from './wait.ts'

export const RECOVERY_NAME = 'recover-ledger' // of its connections: they are not ended
const LOCK = 7_321_408 // any number that no other advisory lock of ours has
const GONE_WITHIN_MS = 10_000
const EXAMPLES_MAX = 50 // of one kind; all are counted

/** What a person has to look at comes in this order. */
export const weights = ['money', 'units', 'orders', 'sales'] as const
export type Weight = (typeof weights)[number]
export type OpenMatter = { weight: Weight; what: string; count: number; examples: object[] }
export type WonBack = { kind: string; from: string; count: number }
export type Report = { service: string; wonBack: WonBack[]; open: OpenMatter[] }

/** Collects what was won back and what was not. */
export function createFindings(service: string, tell: (line: string) => void) {
  const won = new Map<string, WonBack>()
  const open = new Map<string, OpenMatter>()
  return {
    /** One line for the person who waits. */
    tell: (line: string) => tell(`${service}: ${line}`),
    won(kind: string, from: string, count = 1) {
      if (count === 0) return
      const name = `${kind} from ${from}`
      const row = won.get(name) ?? { kind, from, count: 0 }
      row.count += count
      won.set(name, row)
    },
    /** Can't be won back, or not by a program. */
    open(weight: Weight, what: string, facts: object) {
      const matter = open.get(what) ?? { weight, what, count: 0, examples: [] }
      matter.count++
      if (matter.examples.length < EXAMPLES_MAX) matter.examples.push(facts)
      open.set(what, matter)
    },
    report: (): Report => ({ service, wonBack: [...won.values()], open: [...open.values()] }),
  }
}
export type Findings = ReturnType<typeof createFindings>

type Step = {
  verb: string | undefined
  db: Db
  winBack(): Promise<void>
  /** The last thing before the service goes on. */
  beforeAccept?(): Promise<void>
}

/**
 * `hold`: the service leaves its database alone, also one that had not noticed anything. `win-back`
 * brings the lost rows back; after a crash it is simply run again. `accept`: the service goes on.
 */
export async function recoveryStep({ verb, db, winBack, beforeAccept }: Step) {
  switch (verb) {
    case 'hold':
      await migrate(db, timelineMigrations) // a backup can be older than the table
      await hold(db)
      return await endSessions(db)
    case 'win-back':
      return await withOneRecovery(db, winBack)
    case 'accept':
      await beforeAccept?.()
      return await accept(db)
    default:
      throw new Fault('recovery.usage', 'say hold, win-back or accept', { verb })
  }
}

/**
 * Every new connection is refused by now; one that was looked at before is ended. The owner is a member of
 * the role that the service runs as: else this fails, for it may not.
 */
async function endSessions(db: Db) {
  const { rows } = await db.query<{ pid: number }>(
    `select pid, pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database()
       and (usename = current_user or exists (select from pg_roles r
             where r.oid = usesysid and not r.rolsuper
               and has_any_column_privilege(r.oid, 'timeline', 'update')))
       and application_name <> $1 and pid <> pg_backend_pid()`,
    [RECOVERY_NAME],
  )
  const gone = async () => {
    const text = 'select from pg_stat_activity where pid = any($1::int[])'
    return (await db.query(text, [rows.map(({ pid }) => pid)])).rowCount === 0
  }
  await until(gone, { timeoutMs: GONE_WITHIN_MS, what: 'the connections of the service to end' })
}

async function withOneRecovery(db: Db, winBack: () => Promise<void>) {
  const { rows: state } = await db.query<{ held: boolean }>('select held from timeline')
  if (!state[0]?.held) throw new Fault('recovery.not-held', 'hold the service first')
  const connection = await db.pool.connect()
  try {
    const text = 'select pg_try_advisory_lock($1) as mine'
    const { rows } = await connection.query<{ mine: boolean }>(text, [LOCK])
    if (!rows[0]?.mine) throw new Fault('recovery.busy', 'another recovery is at work')
    await winBack()
  } finally {
    connection.release(true)
  }
}

/** Standard output is for the report alone. */
export function recoveryLog(findings: Findings): Log {
  const line = (facts: object, sentence: string) => {
    const err = 'err' in facts ? ` (${facts.err})` : ''
    findings.tell(`${sentence}${err}`)
  }
  return { debug: () => {}, info: () => {}, warn: line, error: line }
}
