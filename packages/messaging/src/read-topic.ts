import { randomUUID } from 'node:crypto'
import type { KafkaAddress } from '@flashsale/service-kit/kafka-env.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { type EachBatchPayload, type Kafka, logLevel } from 'kafkajs'
import { kafkaClient } from './kafka-client.ts'
import { toIncoming } from './kafka-consumer.ts'
import type { Incoming } from './read-message.ts'

const MESSAGES_MAX = 500 // given at a time
const SILENCE_MAX_MS = 60_000
const CONNECT_TIMEOUT_MS = 5_000
const RETRY = { retries: 8, initialRetryTime: 100, maxRetryTime: 1_000 }

export type TopicSource = KafkaAddress & { topicPrefix: string; log: Log }
type Take = (messages: Incoming[]) => Promise<unknown>

/**
 * Gives all that stands in a topic now, from its first message, one partition's batch at a time, and
 * leaves no trace: nobody's offsets move. Resolves with the number of messages.
 */
export async function readTopic(source: TopicSource, topic: string, take: Take): Promise<number> {
  const { topicPrefix, log } = source
  const kafka = kafkaClient(source, {
    clientId: 'recovery',
    connectionTimeout: CONNECT_TIMEOUT_MS,
    retry: RETRY,
    logLevel: logLevel.ERROR,
    log,
  })
  const name = topicPrefix + topic
  const admin = kafka.admin()
  await admin.connect()
  try {
    if (!(await admin.listTopics()).includes(name)) return 0
    const ends = new Map<number, bigint>()
    for (const { partition, low, high } of await admin.fetchTopicOffsets(name)) {
      if (BigInt(high) > BigInt(low)) ends.set(partition, BigInt(high))
    }
    if (ends.size === 0) return 0
    const groupId = `${topicPrefix}recovery-${randomUUID()}`
    const count = await readTo(ends, kafka, { groupId, name, topic }, take)
    await admin.deleteGroups([groupId]).catch(() => {}) // empty ones go by themselves, later
    return count
  } finally {
    await admin.disconnect()
  }
}

type Place = { groupId: string; name: string; topic: string }

/** Until each partition has come to its end. */
async function readTo(ends: Map<number, bigint>, kafka: Kafka, place: Place, take: Take) {
  const member = kafka.consumer({ groupId: place.groupId, retry: RETRY })
  const finished = Promise.withResolvers<void>()
  const silence = setTimeout(() => {
    finished.reject(new Error(`nothing more came of ${place.name}, and its end was not reached`))
  }, SILENCE_MAX_MS)
  let count = 0
  const eachBatch = async ({ batch, heartbeat }: EachBatchPayload) => {
    silence.refresh()
    const { partition } = batch
    const end = ends.get(partition)
    if (end === undefined) return
    const messages = batch.messages.filter(({ offset }) => BigInt(offset) < end)
    for (let i = 0; i < messages.length; i += MESSAGES_MAX) {
      const chunk = messages.slice(i, i + MESSAGES_MAX)
      await take(chunk.map((message) => toIncoming(message, { topic: place.topic, partition })))
      count += chunk.length
      await heartbeat()
      silence.refresh()
    }
    if (BigInt(batch.lastOffset()) + 1n >= end) ends.delete(partition)
    if (ends.size === 0) finished.resolve()
  }
  try {
    await member.connect()
    await member.subscribe({ topics: [place.name], fromBeginning: true })
    await member.run({
      autoCommit: false,
      // What `take` throws ends the whole reading: it is not for kafkajs to try again.
      eachBatch: (payload) => eachBatch(payload).catch(finished.reject),
    })
    await finished.promise
    return count
  } finally {
    clearTimeout(silence)
    await member.disconnect().catch(() => {})
  }
}
