import { atMost } from '@flashsale/service-kit/wait.ts'
import { type Kafka, Partitioners, type Producer, type TopicMessages } from 'kafkajs'

const ACK_TIMEOUT_MS = 5_000
const ACKS_ALL = -1
const STOP_WITHIN_MS = 2_000
const RETRY = { retries: 0 }

/**
 * Sends a batch once: after any error the producer is thrown away, and the caller publishes the whole
 * batch again through a new one. The library's own retry must not be used, and so neither its
 * idempotence, which demands it: it remembers which brokers have answered and not for which
 * partitions, so that a partition whose leader died is left out, without an error, when its new leader
 * has answered for others before. Copies are what inboxes are for.
 */
export function kafkaProducer(kafka: Kafka) {
  let current: Promise<Producer> | undefined

  const connect = async () => {
    const producer = kafka.producer({
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: RETRY,
    })
    await producer.connect()
    return producer
  }
  const use = async <T>(work: (producer: Producer) => Promise<T>): Promise<T> => {
    current ??= connect()
    const mine = current
    try {
      return await work(await mine)
    } catch (error) {
      if (current === mine) current = undefined
      void discard(mine)
      throw error
    }
  }
  return {
    connect: () => use(async () => {}),
    send: (topicMessages: TopicMessages[]) =>
      use((producer) =>
        producer.sendBatch({ acks: ACKS_ALL, timeout: ACK_TIMEOUT_MS, topicMessages }),
      ),
    connected: () => current !== undefined,
    close: async () => {
      const last = current
      current = undefined
      await atMost(STOP_WITHIN_MS, discard(last))
    },
  }
}

async function discard(producer: Promise<Producer> | undefined) {
  try {
    await (await producer)?.disconnect()
  } catch {} // it never connected, or is gone already
}
