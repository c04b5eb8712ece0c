import type { TestContext } from 'node:test'
import { Kafka, logLevel } from 'kafkajs'
import { randomName } from './random.ts'
import { servers } from './servers.ts'

/** For topics and groups of the test's own; the topics are gone after it. */
export function testTopicPrefix(t: TestContext): string {
  const prefix = `${randomName()}.`
  t.after(() => removeTopics(prefix))
  return prefix
}

export async function removeTopics(prefix: string) {
  const brokers = servers.kafkaBrokers()
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix))
    if (topics.length > 0) await admin.deleteTopics({ topics })
  } finally {
    await admin.disconnect()
  }
}
