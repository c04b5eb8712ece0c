import type { Log } from '@flashsale/service-kit/log.ts'
import type { Admin, Kafka } from 'kafkajs'

const REPLICATION_OF_BROKER = -1
const KAFKA_WITHIN_MS = 60_000

/** Topics as code: makes those that are missing, and never changes one that is there. */
export async function ensureTopics(kafka: Kafka, names: string[], partitions: number, log: Log) {
  const admin = kafka.admin()
  try {
    await connected(admin, log)
    const there = new Set(await admin.listTopics())
    const missing = names.filter((name) => !there.has(name))
    if (missing.length > 0) await admin.createTopics({ topics: missing.map(wanted) })
    const { topics } = await admin.fetchTopicMetadata({ topics: names })
    for (const { name, partitions: found } of topics) {
      if (found.length === partitions) continue
      log.warn(
        { topic: name, found: found.length, wanted: partitions },
        'topic has other partitions',
      )
    }
  } finally {
    await admin.disconnect()
  }

  function wanted(topic: string) {
    return { topic, numPartitions: partitions, replicationFactor: REPLICATION_OF_BROKER }
  }
}

/** A service may be started before Kafka. */
async function connected(admin: Admin, log: Log) {
  const deadline = performance.now() + KAFKA_WITHIN_MS
  while (true) {
    try {
      return await admin.connect()
    } catch (error) {
      if (performance.now() > deadline) throw error
      log.warn({ err: error }, 'Kafka is away, tries again')
    }
  }
}
