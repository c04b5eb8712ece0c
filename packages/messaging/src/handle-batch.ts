import type { Db, Tx } from '@flashsale/service-kit/db.ts'
import { failpoint } from '@flashsale/service-kit/failpoint.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { isTransient } from '@flashsale/service-kit/transient.ts'
import { inSteps, pastStep, type Step } from '@flashsale/tracing/spans.ts'
import type { Consumer } from './consumer.ts'
import { bury, deadKeys } from './dead-letters.ts'
import { enterInbox } from './inbox.ts'
import { metrics } from './metrics.ts'
import { type Incoming, type Read, readMessage } from './read-message.ts'

type Deps = { db: Db; group: string; consumers: Consumer[]; log: Log }

/**
 * Handles messages of one partition in one transaction. If that fails, each runs alone, and only what
 * still fails goes among the dead. Throws when the database is away: then none of it is lost, the
 * same messages are to be given again.
 */
export async function handleBatch(deps: Deps, messages: Incoming[]): Promise<void> {
  const reads = messages.flatMap((message) => readMessage(message, deps.consumers) ?? [])
  if (reads.length === 0) return
  const end = metrics.batchSeconds.startTimer()
  try {
    await handleTraced(deps, reads)
  } catch (error) {
    if (isTransient(error)) throw error
    deps.log.warn({ ...placeOf(reads), err: error }, 'a batch failed, its events run one by one')
    for (const read of reads) await handleAlone(deps, read)
  } finally {
    end()
  }
  failpoint('handled') // not for a batch that had nothing of ours
}

/** With a step in the trace of each order that is told of. */
const handleTraced = (deps: Deps, reads: Read[]) =>
  inSteps(reads.flatMap(stepOf), () => handleTogether(deps, reads))

/** Until now it was in Kafka. What can't be read is in no trace. */
function stepOf({ message, consumer, event, unreadable }: Read): Step[] {
  const { traceparent } = message.headers
  if (!traceparent || unreadable !== undefined) return []
  const orderId = consumer.order(event)
  if (orderId === undefined) return []
  const startedAtMs = message.sentAtMs
  const after = pastStep({ name: 'kafka', orderId, after: traceparent, startedAtMs })
  return [{ name: `${event.type} handled`, orderId, kind: 'consumer', after }]
}

async function handleTogether({ db, group }: Deps, reads: Read[]) {
  const { live, behind } = await db.tx(async (tx) => {
    const { live, behind } = await sortOut(tx, reads)
    for (const wave of waves(live)) {
      for (const [consumer, events] of byConsumer(wave)) await consumer.handle({ tx }, events)
    }
    for (const read of behind) {
      await bury(tx, group, read, 'an earlier event of its key is dead')
      await read.consumer?.onDead({ tx }, read.event)
    }
    return { live, behind }
  })
  metrics.copies.inc(reads.length - live.length - behind.length)
  for (const { event } of live) metrics.handled.inc({ type: event.type })
  for (const { event } of behind) metrics.dead.inc({ type: event.type })
}

/** What was never handled here: to be handled, or to be put behind the dead event of its key. */
async function sortOut(tx: Tx, reads: Read[]) {
  const fresh = await enterInbox(
    tx,
    reads.map(({ event }) => event),
  )
  const news = reads.filter(({ event }) => fresh.delete(event.id)) // of copies, the first
  if (fresh.size > 0)
    throw new Fault('inbox.unknown-id', 'an id changed on its way', placeOf(reads))
  const topic = reads[0]?.message.topic ?? ''
  const dead = await deadKeys(
    tx,
    topic,
    news.map(({ message }) => message.key),
  )
  const behind = news.filter(({ message }) => dead.has(message.key))
  const live = news.filter(({ message }) => !dead.has(message.key))
  const poison = live.find(({ unreadable }) => unreadable)
  if (poison) throw new Fault('message.unreadable', 'a message is no event', placeOf([poison]))
  return { live, behind }
}

/** Wave k holds the k-th event of each key, so that handlers see one event of a key at a time. */
function waves(reads: Read[]): Read[][] {
  const seen = new Map<string, number>()
  const all: Read[][] = []
  for (const read of reads) {
    const k = seen.get(read.message.key) ?? 0
    seen.set(read.message.key, k + 1)
    const wave = all[k] ?? []
    all[k] = wave
    wave.push(read)
  }
  return all
}

function byConsumer(wave: Read[]) {
  const groups = Map.groupBy(wave, ({ consumer }) => consumer)
  return [...groups].flatMap(([consumer, reads]) =>
    consumer ? [[consumer, reads.map(({ event }) => event)] as const] : [],
  )
}

async function handleAlone(deps: Deps, read: Read) {
  try {
    await handleTraced(deps, [read])
  } catch (error) {
    if (isTransient(error)) throw error
    deps.log.error({ ...placeOf([read]), err: error }, 'an event could not be handled, it is dead')
    await die(deps, read, read.unreadable ?? String(error))
  }
}

async function die(deps: Deps, read: Read, why: string) {
  try {
    await deps.db.tx(async (tx) => {
      if (await buryOnce(tx, deps.group, read, why)) {
        await read.consumer?.onDead({ tx }, read.event)
      }
    })
  } catch (error) {
    if (isTransient(error)) throw error
    // A broken onDead, or a value that can't be kept as it is, must not hold up the partition.
    deps.log.error({ ...placeOf([read]), err: error }, 'onDead failed, left to the dead letters')
    const sealed = { ...read, unreadable: why }
    await deps.db.tx((tx) => buryOnce(tx, deps.group, sealed, `${why}; onDead: ${error}`))
  }
  metrics.dead.inc({ type: read.event.type })
}

async function buryOnce(tx: Tx, group: string, read: Read, why: string) {
  const fresh = await enterInbox(tx, [read.event])
  if (fresh.size === 0) return false
  await bury(tx, group, read, why)
  return true
}

function placeOf(reads: Read[]) {
  const { topic, partition, offset, key } = reads[0]?.message ?? {}
  return { topic, partition, offset, key, count: reads.length, eventId: reads[0]?.event.id }
}
