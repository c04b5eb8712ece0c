import type { EventDefinition } from '@flashsale/contracts/define-event.ts'
import { deadTopic } from '@flashsale/contracts/topics.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import type { KafkaAddress } from '@flashsale/service-kit/kafka-env.ts'
import { createLog, type Log } from '@flashsale/service-kit/log.ts'
import { logLevel } from 'kafkajs'
import type { Consumer } from './consumer.ts'
import { handleBatch } from './handle-batch.ts'
import { kafkaBacklog } from './kafka-backlog.ts'
import { kafkaClient } from './kafka-client.ts'
import { kafkaConsumer } from './kafka-consumer.ts'
import { kafkaProducer } from './kafka-producer.ts'
import { ensureTopics } from './kafka-topics.ts'

const PARTITIONS = 6
const CONNECT_TIMEOUT_MS = 2_000
const REQUEST_TIMEOUT_MS = 10_000
const RETRY = { retries: 8, initialRetryTime: 100, maxRetryTime: 1_000 }

export type BusOptions = KafkaAddress & {
  group: string
  topicPrefix?: string
  partitions?: number
  /** `wait`: this user may not make topics. */
  topics?: 'make' | 'wait'
  clientId?: string
  sessionTimeoutMs?: number
  log?: Log
}
export type Message = {
  topic: string
  key: string
  value: string
  headers: Record<string, string>
}
/** Kafka behind seven functions: all that the rest knows about it. */
export type Bus = {
  /** Makes the topics, and the one for dead letters beside each, where they are missing; or waits for them. */
  ensureTopics(wanted: (string | Pick<EventDefinition, 'topic'>)[]): Promise<void>
  /** Resolves when every replica in sync has all of them; those of one key keep their order. */
  publish(messages: Message[]): Promise<void>
  /** Resolves when the group was joined for the first time, however long Kafka is away before. */
  start(options: { db: Db; consumers: Consumer[] }): Promise<void>
  connected(): boolean
  /** Messages of a topic that a group has still to handle, all its members together, and those it has. */
  backlog(group: string, topic: string): Promise<{ waiting: number; done: number }>
  /** Takes no more messages: what was begun is committed, the group is left by `close`. */
  rest(): Promise<void>
  close(): Promise<void>
}

export function createBus(options: BusOptions): Bus {
  const { group, topicPrefix = '', partitions = PARTITIONS, topics: how = 'make' } = options
  const log = options.log ?? createLog(group)
  const kafka = kafkaClient(options, {
    clientId: options.clientId ?? group,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    logLevel: logLevel.WARN,
    log,
  })
  const producer = kafkaProducer(kafka)
  const backlog = kafkaBacklog(kafka)
  let reader: ReturnType<typeof kafkaConsumer> | undefined

  return {
    ensureTopics(wanted) {
      const topics = wanted.map((one) => (typeof one === 'string' ? one : one.topic))
      const names = [...new Set(topics)].flatMap((topic) => [topic, deadTopic(topic)])
      const prefixed = names.map((name) => topicPrefix + name)
      return ensureTopics(kafka, prefixed, { how, partitions, log })
    },
    async publish(messages) {
      const topics = Map.groupBy(messages, ({ topic }) => topic)
      await producer.send(
        [...topics].map(([topic, list]) => ({
          topic: topicPrefix + topic,
          messages: list.map(({ key, value, headers }) => ({ key, value, headers })),
        })),
      )
    },
    async start({ db, consumers }) {
      const topics = [...new Set(consumers.map(({ topic }) => topic))]
      reader = kafkaConsumer({
        kafka,
        groupId: topicPrefix + group,
        topicPrefix,
        topics: topics.map((topic) => topicPrefix + topic),
        sessionTimeoutMs: options.sessionTimeoutMs,
        handle: (messages) => handleBatch({ db, group, consumers, log }, messages),
        log,
      })
      await Promise.all([reader.start(), producer.connect()])
    },
    // A producer that failed is made anew by the next publish, which may be another instance's: a
    // member of the group that has none meanwhile is well.
    connected: () => reader?.connected() ?? producer.connected(),
    backlog: (of, topic) => backlog.read(topicPrefix + of, topicPrefix + topic),
    rest: async () => reader?.rest(),
    async close() {
      await reader?.stop()
      await backlog.close()
      await producer.close()
    },
  }
}
