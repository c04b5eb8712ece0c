import type { Log } from '@flashsale/service-kit/log.ts'
import type { Kafka } from 'kafkajs'

const REPLICATION_OF_BROKER = -1

/** Topics as code: makes those that are missing, and never changes one that is there. */
export async function ensureTopics(kafka: Kafka, names: string[], partitions: number, log: Log) {
  const admin = kafka.admin()
  await admin.connect()
  try {
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
