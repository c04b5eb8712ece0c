import type { Log } from '@flashsale/service-kit/log.ts'
import { sleep } from '@flashsale/service-kit/wait.ts'
import type { Kafka } from 'kafkajs'

const REPLICATION_OF_BROKER = -1
const KAFKA_WITHIN_MS = 60_000
const PAUSE_MS = 200

/** Topics as code: makes those that are missing, and never changes one that is there. */
export async function ensureTopics(kafka: Kafka, names: string[], partitions: number, log: Log) {
  const deadline = performance.now() + KAFKA_WITHIN_MS
  while (true) {
    try {
      return await ensureOnce(kafka, names, partitions, log)
    } catch (error) {
      // Kafka is not there yet, or a topic that another service just made has no leader yet.
      if (performance.now() > deadline) throw error
      log.warn({ err: error }, 'topics could not be made sure of, tries again')
      await sleep(PAUSE_MS)
    }
  }
}

async function ensureOnce(kafka: Kafka, names: string[], partitions: number, log: Log) {
  const admin = kafka.admin()
  try {
    await admin.connect()
    const there = new Set(await admin.listTopics())
    const missing = names.filter((name) => !there.has(name))
    const wanted = { numPartitions: partitions, replicationFactor: REPLICATION_OF_BROKER }
    if (missing.length > 0) {
      await admin.createTopics({ topics: missing.map((topic) => ({ topic, ...wanted })) })
    }
    const { topics } = await admin.fetchTopicMetadata({ topics: names })
    for (const { name, partitions: found } of topics) {
      if (found.length === partitions) continue
      const facts = { topic: name, found: found.length, wanted: partitions }
      log.warn(facts, 'topic has other partitions')
    }
  } finally {
    await admin.disconnect()
  }
}
