import type { Log } from '@flashsale/service-kit/log.ts'
import { atMost, sleep, until } from '@flashsale/service-kit/wait.ts'
import type { EachBatchPayload, Kafka, Consumer as KafkaConsumer, KafkaMessage } from 'kafkajs'
import { metrics } from './metrics.ts'
import { type Incoming, storable } from './read-message.ts'

const HEARTBEAT_MS = 1_500
const SESSION_TIMEOUT_MS = 6_000
const REBALANCE_TIMEOUT_MS = 10_000
const FETCH_WAIT_MS = 250 // for something to be there: what comes is given at once
const MESSAGES_MAX = 500 // of one transaction
const PARTITIONS_AT_ONCE = 4
const BACK_OFF_FIRST_MS = 100
const BACK_OFF_MOST_MS = 2_000
const KEY_CHARS_MAX = 500 // ours are ids; a key that no index can hold would never get past us
const REST_WITHIN_MS = 2_000
const STOP_WITHIN_MS = 2_000
const RETRY = { retries: 8, initialRetryTime: 100, maxRetryTime: 1_000 }

export type ConsumerOptions = {
  kafka: Kafka
  groupId: string
  topicPrefix: string
  topics: string[]
  sessionTimeoutMs?: number | undefined
  /** Throws when the same messages are to be given again. */
  handle: (messages: Incoming[]) => Promise<void>
  log: Log
}

/** A member of the group that goes on whatever Kafka or the database does, until it is stopped. */
export function kafkaConsumer(options: ConsumerOptions) {
  const { log } = options
  const stopping = new AbortController()
  const batches = { underWay: 0, isResting: false }
  let member: KafkaConsumer | undefined
  let joined = false

  const join = async () => {
    member = createMember(options)
    const { GROUP_JOIN, CRASH, STOP, DISCONNECT } = member.events
    member.on(GROUP_JOIN, () => {
      joined = true
      metrics.lag.reset() // partitions that another member has now would keep what they had
    })
    for (const end of [STOP, DISCONNECT] as const) {
      member.on(end, () => {
        joined = false
      })
    }
    member.on(CRASH, ({ payload }) => {
      joined = false
      if (!payload.restart) void start() // kafkajs gave up, we don't
    })
    await member.connect()
    await member.subscribe({ topics: options.topics, fromBeginning: true })
    await member.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      eachBatch: async (payload) => {
        batches.underWay++
        await eachBatch(options, payload, batches).finally(() => batches.underWay--)
      },
    })
  }
  const start = async () => {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      try {
        return await join()
      } catch (error) {
        log.error({ groupId: options.groupId, err: error }, 'could not join the group, tries again')
        await sleep(backOffMs(failures), stopping.signal)
      }
    }
  }
  const rest = async () => {
    batches.isResting = true
    if (joined) member?.pause(options.topics.map((topic) => ({ topic })))
    const isIdle = () => batches.underWay === 0
    const wait = { timeoutMs: REST_WITHIN_MS, what: 'the batches under way' }
    await until(isIdle, wait).catch((err) =>
      log.warn({ err }, 'a batch is left to the next member'),
    )
  }
  const stop = async () => {
    stopping.abort()
    joined = false
    await atMost(STOP_WITHIN_MS, member?.disconnect())
    log.info({ groupId: options.groupId }, 'left the group')
  }
  return { start, rest, stop, connected: () => joined }
}

function createMember({ kafka, groupId, sessionTimeoutMs }: ConsumerOptions) {
  const sessionTimeout = sessionTimeoutMs ?? SESSION_TIMEOUT_MS
  return kafka.consumer({
    groupId,
    sessionTimeout,
    heartbeatInterval: Math.min(HEARTBEAT_MS, sessionTimeout / 4),
    rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    retry: { ...RETRY, restartOnFailure: async () => true },
  })
}

type Batches = { underWay: number; isResting: boolean }

/** The offset is committed after the transaction: what is given again, the inbox leaves out. */
async function eachBatch(options: ConsumerOptions, payload: EachBatchPayload, batches: Batches) {
  const { batch, heartbeat, resolveOffset, commitOffsetsIfNecessary } = payload
  const { topic, partition, messages, highWatermark } = batch
  const tellLag = (next: string) =>
    metrics.lag.set({ topic, partition }, Number(BigInt(highWatermark) - BigInt(next)))
  tellLag(batch.firstOffset() ?? highWatermark) // a batch that does not end is seen too
  const beat = setInterval(() => void heartbeat().catch(() => {}), HEARTBEAT_MS)
  try {
    for (let from = 0; from < messages.length; from += MESSAGES_MAX) {
      const chunk = messages.slice(from, from + MESSAGES_MAX)
      const last = chunk.at(-1)
      if (!last || !(await untilHandled(options, payload, chunk, batches))) return
      resolveOffset(last.offset)
      const offset = String(BigInt(last.offset) + 1n)
      await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] })
      tellLag(offset)
    }
    await heartbeat()
  } finally {
    clearInterval(beat)
  }
}

/** False when the partition was taken away, or the member stops, before it succeeded. */
async function untilHandled(
  { handle, log, topicPrefix }: ConsumerOptions,
  { batch: { topic, partition }, isRunning, isStale, heartbeat }: EachBatchPayload,
  chunk: KafkaMessage[],
  batches: Readonly<Batches>,
) {
  const place = { topic: topic.slice(topicPrefix.length), partition }
  const messages = chunk.map((message) => toIncoming(message, place))
  for (let failures = 0; isRunning() && !isStale() && !batches.isResting; failures++) {
    try {
      await handle(messages)
      return true
    } catch (error) {
      log.warn({ ...place, failures, err: error }, 'the database is away, the batch runs again')
      await sleep(backOffMs(failures))
      await heartbeat()
    }
  }
  return false
}

const backOffMs = (failures: number) =>
  Math.min(BACK_OFF_FIRST_MS * 2 ** failures, BACK_OFF_MOST_MS)

export function toIncoming(
  { key, value, headers = {}, offset, timestamp }: KafkaMessage,
  place: { topic: string; partition: number },
): Incoming {
  const texts = Object.entries(headers).map(([name, header]) => [
    storable(name),
    storable(String(header)),
  ])
  return {
    ...place,
    offset,
    sentAtMs: Number(timestamp),
    key: storable(key?.toString().slice(0, KEY_CHARS_MAX) ?? ''),
    value: value?.toString() ?? '',
    headers: Object.fromEntries(texts),
  }
}
