import { atMost } from '@flashsale/service-kit/wait.ts'
import type { Admin, Kafka } from 'kafkajs'

const RETRY = { retries: 0 } // whoever asks will ask again
const STOP_WITHIN_MS = 1_000

/** How far behind a group is, as the brokers have it: also while none of its members lives. */
export function kafkaBacklog(kafka: Kafka) {
  let current: Promise<Admin> | undefined

  const connect = async () => {
    const admin = kafka.admin({ retry: RETRY })
    await admin.connect()
    return admin
  }
  return {
    async read(groupId: string, topic: string) {
      current ??= connect()
      const mine = current
      try {
        return await readBacklog(await mine, groupId, topic)
      } catch (error) {
        if (current === mine) current = undefined // the next look makes a new connection
        void discard(mine)
        throw error
      }
    },
    async close() {
      const last = current
      current = undefined
      await atMost(STOP_WITHIN_MS, discard(last))
    },
  }
}

async function readBacklog(admin: Admin, groupId: string, topic: string) {
  const [group] = await admin.fetchOffsets({ groupId, topics: [topic] })
  const ends = await admin.fetchTopicOffsets(topic) // after it: what is behind is never below 0
  const committed = new Map(group?.partitions.map(({ partition, offset }) => [partition, offset]))
  let [waiting, done] = [0, 0]
  for (const { partition, low, high } of ends) {
    const next = Math.max(Number(committed.get(partition) ?? -1), Number(low)) // -1: none yet
    waiting += Number(high) - next
    done += next
  }
  return { waiting, done }
}

async function discard(admin: Promise<Admin> | undefined) {
  try {
    await (await admin)?.disconnect()
  } catch {} // it never connected, or is gone already
}
