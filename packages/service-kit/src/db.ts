import pg, { type QueryConfig, type QueryResult, type QueryResultRow } from 'pg'
import { Fault } from './fault.ts'
import type { DatabaseAddress } from './postgres-env.ts'
import type { TimelineGuard } from './timeline.ts'
import { hostOf, readTls } from './tls.ts'
import { isRolledBack } from './transient.ts'

const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 10_000
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000 // an open one holds back every relay (R14)
const ANSWER_TIMEOUT_MS = 15_000 // of a server that vanished and can't end the statement itself
const KEEP_ALIVE_DELAY_MS = 10_000
const TX_RETRIES_MAX = 5
export const CONNECTIONS_MAX = 10 // of an instance (docs/kubernetes.md: all of them together)
const LOOK_AT_TIMELINE_MS = 1_000
const WAITING_MAX = 1_000 // for a connection, each no longer than it takes to connect

/** What runs one statement: inside a transaction, or alone on any connection of the pool. */
export type Tx = {
  query<Row extends QueryResultRow = QueryResultRow>(
    statement: string | QueryConfig,
    values?: unknown[],
  ): Promise<QueryResult<Row>>
}
export type TxOptions = { isolation?: 'repeatable read'; readOnly?: boolean }
export type Db = Tx & {
  /** `work` runs again, from its start, after a deadlock or a serialization failure. */
  tx<T>(work: (tx: Tx) => Promise<T>, options?: TxOptions): Promise<T>
  pool: pg.Pool
  /** True while a new timeline of Postgres waits for a person: every call fails (R18). */
  failedOver(): boolean
  close(): Promise<void>
}

export type DbOptions = {
  max?: number
  name?: string
  guard?: TimelineGuard
  /** How many may wait for a connection; who comes after them fails at once. */
  waitingMax?: number
  /** How long to wait for the answer of one statement. */
  answerTimeoutMs?: number
}

/**
 * For `pg`, and for what takes its settings. It would check a certificate for `localhost` where the host is
 * an address, and be told by PGSSLMODE what nobody has told it: both are said here.
 */
export function poolSettings(at: string | DatabaseAddress) {
  if (typeof at === 'string') return { connectionString: at }
  const { url, tls } = at
  return { connectionString: url, ssl: tls ? { ...readTls(tls), host: hostOf(url) } : false }
}

export function createDb(at: string | DatabaseAddress, options: DbOptions = {}): Db {
  const { max = CONNECTIONS_MAX, name = 'flashsale', guard, waitingMax = WAITING_MAX } = options
  const { answerTimeoutMs = ANSWER_TIMEOUT_MS } = options
  const pool = new pg.Pool({
    ...poolSettings(at),
    max,
    application_name: name,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    query_timeout: answerTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    ...(guard && { verify: (client, done) => void guard.check(client).then(() => done(), done) }),
    types: { getTypeParser: parserOf as typeof pg.types.getTypeParser },
  })
  // A connection that breaks fails its statement; without a listener it would end the process too.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))

  const lookAtTimeline = guard && watchTimeline(pool, guard)
  const allowed = () => {
    if (guard?.failedOver()) throw guard.refusal()
    if (pool.waitingCount >= waitingMax) throw new TooManyWait(waitingMax)
  }

  const tx = async <T>(work: (tx: Tx) => Promise<T>, options: TxOptions = {}): Promise<T> => {
    allowed()
    for (let retries = 0; ; retries++) {
      try {
        return await once(pool, beginOf(options), work)
      } catch (error) {
        if (retries >= TX_RETRIES_MAX || !isRolledBack(error)) throw error
      }
    }
  }
  const query: Tx['query'] = async (statement, values) => {
    allowed()
    return pool.query(statement, values)
  }
  const close = async () => {
    clearInterval(lookAtTimeline)
    await pool.end()
  }
  return { query, tx, pool, failedOver: () => guard?.failedOver() ?? false, close }
}

/** So that a server that is away fills no memory with those who wait for it. */
class TooManyWait extends Error {
  readonly code = '53300' // as Postgres itself says it: later it can succeed
  constructor(waitingMax: number) {
    super(`${waitingMax} wait for a database connection already`)
  }
}

/** A connection can outlive its server: behind a pooler, or when a person holds the database. */
function watchTimeline(pool: pg.Pool, guard: TimelineGuard) {
  let looking = false
  const look = async () => {
    const client = await pool.connect() // a new one was looked at
    try {
      await guard.check(client)
      client.release()
    } catch {
      client.release(true)
    }
  }
  const every = async () => {
    if (looking) return
    looking = true
    await look().catch(() => {}) // whoever needs the database is told
    looking = false
  }
  return setInterval(every, LOOK_AT_TIMELINE_MS).unref()
}

const hasNoAnswer = (error: unknown): error is Error =>
  error instanceof Error && error.message === 'Query read timeout'

async function once<T>(pool: pg.Pool, begin: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query(begin)
    const result = await work(client)
    const { command } = await client.query('commit')
    // Postgres answers a commit after a swallowed error with a rollback, not with an error.
    if (command !== 'COMMIT') throw new Fault('db.not-committed', 'commit became a rollback')
    return result
  } catch (error) {
    if (hasNoAnswer(error))
      broken = error // it would wait as long for the next one
    else {
      await client.query('rollback').catch((fault: Error) => {
        broken = fault
      })
    }
    throw error
  } finally {
    client.release(broken)
  }
}

function beginOf({ isolation, readOnly }: TxOptions) {
  const level = isolation ? ` isolation level ${isolation}` : ''
  return `begin${level}${readOnly ? ' read only' : ''}`
}

const INT8 = 20
const INT8_ARRAY = 1016

function parserOf(oid: number, format?: 'text' | 'binary') {
  const usual = pg.types.getTypeParser(oid, format)
  if (oid === INT8) return safeNumber
  if (oid !== INT8_ARRAY) return usual
  return (text: string) => (usual(text) as (string | null)[]).map((n) => n && safeNumber(n))
}

function safeNumber(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw new Fault('db.unsafe-number', 'a bigint does not fit a number', { text })
}
