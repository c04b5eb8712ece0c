import { holdFence } from '@flashsale/locks/fence.ts'
import type { Lease } from '@flashsale/locks/lease.ts'
import { startLeasedJob } from '@flashsale/locks/leased-job.ts'
import { postgresLeases } from '@flashsale/locks/postgres-leases.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { failpoint } from '@flashsale/service-kit/failpoint.ts'
import type { Job } from '@flashsale/service-kit/job.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { atMost, until } from '@flashsale/service-kit/wait.ts'
import { pastStep } from '@flashsale/tracing/spans.ts'
import type { Bus } from './bus.ts'
import { metrics } from './metrics.ts'
import { deleteFromOutbox, type OutboxRow, outboxEnd, outboxPassed, readOutbox } from './outbox.ts'
import { watchFence } from './watch-fence.ts'

const ROWS_MAX = 500
const IDLE_MS = 25
const STOP_WITHIN_MS = 1_500
const FLUSH_WITHIN_MS = 2_000
const LEASE = 'outbox-relay'

type RelayOptions = {
  db: Db
  bus: Pick<Bus, 'publish'>
  /** The service's instance. */
  holder: string
  log: Log
  ttlMs?: number
}
type Outlet = Pick<RelayOptions, 'db' | 'bus'>
export type Relay = Job & {
  /**
   * Waits until all that is committed by now is published, by whichever instance, so that nobody has to
   * wait for the next one to start. While Kafka is away it is left where it is: nothing is lost.
   */
  flush(): Promise<void>
}

/**
 * Publishes what the outbox holds, oldest first, then deletes it. Of all instances the one with the
 * lease does it; one that fails gives it up, for another may reach Kafka. The lease saves work: two
 * relays at once publish copies, each in order, and inboxes leave them out.
 */
export function startRelay({ db, bus, holder, log, ttlMs }: RelayOptions): Relay {
  const watch = watchFence(log)
  const job = startLeasedJob({
    name: 'outbox-relay',
    leases: postgresLeases(db),
    lease: LEASE,
    holder,
    ...(ttlMs === undefined ? {} : { ttlMs }),
    everyMs: IDLE_MS,
    log,
    async run(signal, lease) {
      await watch(db)
      return await passOn({ db, bus }, signal, lease)
    },
  })
  const stop = () => atMost(STOP_WITHIN_MS, job.stop()) // a publish can hang while Kafka is away
  return { poke: job.poke, stop, flush: () => flush({ db, poke: job.poke, log }) }
}

type Flush = Pick<RelayOptions, 'db' | 'log'> & Pick<Job, 'poke'>

async function flush({ db, poke, log }: Flush): Promise<void> {
  try {
    const end = await outboxEnd(db)
    const isPassed = () => {
      poke()
      return outboxPassed(db, end)
    }
    const wait = {
      timeoutMs: FLUSH_WITHIN_MS,
      everyMs: IDLE_MS,
      what: 'the outbox to be published',
    }
    await until(isPassed, wait)
    log.info({ position: end }, 'published all of the outbox')
  } catch (error) {
    log.warn({ err: error }, 'the outbox is left to the next relay')
  }
}

/** No transaction is open while it publishes: one would hold back the fence itself (R14). */
async function passOn({ db, bus }: Outlet, signal: AbortSignal, lease: Lease): Promise<boolean> {
  const rows = await readOutbox(db, ROWS_MAX)
  if (rows.length === 0 || signal.aborted) return false
  await bus.publish(rows.map(toMessage))
  failpoint('published')
  await db.tx(async (tx) => {
    await holdFence(tx, lease) // one that was stopped since then leaves the rows to its successor
    await deleteFromOutbox(
      tx,
      rows.map(({ position }) => position),
    )
  })
  metrics.published.inc(rows.length)
  return rows.length === ROWS_MAX
}

function toMessage(row: OutboxRow) {
  const { id, topic, key, type, value, headers, createdAt } = row
  const occurredAt = createdAt.toISOString()
  const told = { id, type, 'occurred-at': occurredAt, ...headers, ...afterOutbox(row) }
  return { topic, key, value, headers: told }
}

/** Whoever reads it follows its wait in the outbox. What belongs to a trace has its order's key. */
function afterOutbox({ key: orderId, type, headers: { traceparent }, createdAt }: OutboxRow) {
  if (traceparent === undefined) return {}
  const step = { name: `${type} published`, orderId, kind: 'producer', after: traceparent } as const
  return { traceparent: pastStep({ ...step, startedAtMs: createdAt.getTime() }) ?? traceparent }
}
