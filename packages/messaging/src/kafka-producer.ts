import { atMost } from '@flashsale/service-kit/wait.ts'
import { type Kafka, Partitioners, type Producer, type TopicMessages } from 'kafkajs'

const ACK_TIMEOUT_MS = 5_000
const ACKS_ALL = -1
const STOP_WITHIN_MS = 2_000
const RETRY = { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 }

/**
 * Idempotent within one life: after an error that its own few retries did not mend it is thrown away
 * with its sequence numbers, and the caller publishes the whole batch again through a new one.
 */
export function kafkaProducer(kafka: Kafka) {
  let current: Promise<Producer> | undefined

  const connect = async () => {
    const producer = kafka.producer({
      idempotent: true,
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
