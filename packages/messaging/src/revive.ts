import { deadTopic } from '@flashsale/contracts/topics.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { isTransient } from '@flashsale/service-kit/transient.ts'
import type { Consumer } from './consumer.ts'
import { deadKeys, lockLetters } from './dead-letters.ts'
import { type Incoming, readMessage } from './read-message.ts'
import { readTopic, type TopicSource } from './read-topic.ts'

type Deps = { db: Db; group: string; consumers: Consumer[]; source: TopicSource }

/**
 * Hands a service its dead letters of one topic again, after what killed them was mended: each key from
 * its first dead event on, all of them or none. Resolves with the keys that live again.
 */
export async function revive(deps: Deps, topic: string): Promise<string[]> {
  const letters = new Map<string, Incoming[]>()
  await readTopic(deps.source, deadTopic(topic), async (messages) => {
    const ours = messages.filter(({ headers }) => headers['dead-group'] === deps.group)
    const keys = ours.map(({ key }) => key)
    const dead = await deadKeys(deps.db, topic, keys)
    for (const message of ours) {
      if (!dead.has(message.key)) continue
      const known = letters.get(message.key) ?? []
      if (!known.some(({ headers }) => headers.id === message.headers.id)) known.push(message)
      letters.set(message.key, known)
    }
  })
  const revived: string[] = []
  for (const [key, messages] of letters) {
    if (await reviveKey(deps, topic, key, messages)) revived.push(key)
  }
  return revived
}

async function reviveKey({ db, consumers }: Deps, topic: string, key: string, dead: Incoming[]) {
  const reads = dead.flatMap((message) => readMessage({ ...message, topic }, consumers) ?? [])
  if (reads.some(({ unreadable }) => unreadable !== undefined)) return false
  try {
    return await db.tx(async (tx) => {
      const buried = await lockLetters(tx, topic, key)
      if (buried === 0 || dead.length < buried) return false // one is on its way to the topic
      for (const { consumer, event } of reads) await consumer?.handle({ tx }, [event])
      await tx.query('delete from dead_keys where topic = $1 and key = $2', [topic, key])
      return true
    })
  } catch (error) {
    if (isTransient(error)) throw error
    return false // it stays dead
  }
}
