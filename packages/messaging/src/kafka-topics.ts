import { Fault } from '@flashsale/service-kit/fault.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import { sleep } from '@flashsale/service-kit/wait.ts'
import type { Kafka } from 'kafkajs'

const REPLICATION_OF_BROKER = -1
const KAFKA_WITHIN_MS = 60_000
const PAUSE_MS = 200

type Wanted = { how: 'make' | 'wait'; partitions: number; log: Log }

/** Topics as code: makes those that are missing, or waits for them, and never changes one that is there. */
export async function ensureTopics(kafka: Kafka, names: string[], wanted: Wanted) {
  const deadline = performance.now() + KAFKA_WITHIN_MS
  while (true) {
    try {
      return await ensureOnce(kafka, names, wanted)
    } catch (error) {
      // Kafka is not there yet, or a topic that another service just made has no leader yet.
      if (performance.now() > deadline) throw error
      wanted.log.warn({ err: error }, 'topics could not be made sure of, tries again')
      await sleep(PAUSE_MS)
    }
  }
}

async function ensureOnce(kafka: Kafka, names: string[], { how, partitions, log }: Wanted) {
  const admin = kafka.admin()
  try {
    await admin.connect()
    const there = new Set(await admin.listTopics())
    const missing = names.filter((name) => !there.has(name))
    const wanted = { numPartitions: partitions, replicationFactor: REPLICATION_OF_BROKER }
    if (missing.length > 0 && how === 'wait') {
      throw new Fault('kafka.no-topics', 'topics that others make are missing', { missing })
    }
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
