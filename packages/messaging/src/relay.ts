import type { Db, Tx } from '@flashsale/service-kit/db.ts'
import { type Job, startJob } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { atMost, sleep } from '@flashsale/service-kit/wait.ts'
import type { PoolClient } from 'pg'
import type { Bus } from './bus.ts'
import { metrics } from './metrics.ts'
import { deleteFromOutbox, type OutboxRow, readOutbox } from './outbox.ts'
import { watchFence } from './watch-fence.ts'

const ROWS_MAX = 500
const IDLE_MS = 25
const ELECTION_MS = 500
const STOP_WITHIN_MS = 3_000
const LOCK = 7_321_407 // advisory locks belong to one database, so this is one relay a database

type RelayOptions = { db: Db; bus: Pick<Bus, 'publish'>; log: Log }

/**
 * Publishes what the outbox holds, oldest first, then deletes it. It keeps one connection of the
 * pool for itself: the lock that makes it the only relay lives and dies with it. The lock saves
 * work; two relays at once would publish copies, which inboxes leave out.
 */
export function startRelay({ db, bus, log }: RelayOptions): Job {
  const watch = watchFence(log)
  const held: { connection?: PoolClient | undefined } = {}

  const drop = () => {
    held.connection?.release(true)
    held.connection = undefined
  }
  const run = async (signal: AbortSignal) => {
    held.connection ??= await electedConnection(db)
    if (!held.connection) {
      await sleep(ELECTION_MS, signal)
      return false
    }
    try {
      await watch(held.connection)
      return await passOn(held.connection, bus)
    } catch (error) {
      drop() // also when only Kafka is away: another process may reach it
      throw error
    }
  }
  const job = startJob({ name: 'outbox-relay', everyMs: IDLE_MS, run, log })
  const stop = async () => {
    await atMost(STOP_WITHIN_MS, job.stop()) // a publish can hang while Kafka is away
    drop()
  }
  return { poke: job.poke, stop }
}

/** Undefined while another process is the relay. */
async function electedConnection(db: Db) {
  const connection = await db.pool.connect()
  try {
    const text = 'select pg_try_advisory_lock($1) as mine'
    const { rows } = await connection.query<{ mine: boolean }>(text, [LOCK])
    if (rows[0]?.mine) return connection
  } catch (error) {
    connection.release(true)
    throw error
  }
  connection.release()
  return undefined
}

/** No transaction is open while it publishes: one would hold back the fence itself (R14). */
async function passOn(tx: Tx, bus: Pick<Bus, 'publish'>): Promise<boolean> {
  const rows = await readOutbox(tx, ROWS_MAX)
  if (rows.length === 0) return false
  await bus.publish(rows.map(toMessage))
  await deleteFromOutbox(
    tx,
    rows.map(({ position }) => position),
  )
  metrics.published.inc(rows.length)
  return rows.length === ROWS_MAX
}

function toMessage({ id, topic, key, type, value, headers, createdAt }: OutboxRow) {
  const occurredAt = createdAt.toISOString()
  return { topic, key, value, headers: { id, type, 'occurred-at': occurredAt, ...headers } }
}
