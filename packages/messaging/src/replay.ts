import type { Db } from '@flashsale/service-kit/db.ts'
import type { Consumer } from './consumer.ts'
import { handleBatch } from './handle-batch.ts'
import { readTopic, type TopicSource } from './read-topic.ts'

type Deps = { db: Db; group: string; consumers: Consumer[]; source: TopicSource }

/**
 * Hands a service all events of a topic again: its inbox leaves out what it knows, and what a database
 * set back has lost is handled as it was the first time. Resolves with the number of messages.
 */
export async function replay(deps: Deps, topic: string): Promise<number> {
  const { db, group, consumers, source } = deps
  const handle = { db, group, consumers, log: source.log }
  return readTopic(source, topic, (messages) => handleBatch(handle, messages))
}
