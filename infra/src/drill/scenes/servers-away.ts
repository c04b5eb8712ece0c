import { Kafka, logLevel } from 'kafkajs'
import { acceptedSince } from '../lost-writes.ts'
import type { Scene, World } from '../scene.ts'
import { sellFresh } from './redis-tail.ts'

const awayMs = 4_000
const endedWithinMs = 30_000

/** DESIGN.md section 7: the stream waits for Postgres, and the sale goes on. */
export const postgresAway: Scene = {
  name: 'postgres-away',
  what: 'Postgres is killed and stays away for some seconds: the sale goes on taking holds',
  async run(world) {
    const { stack, report } = world
    await sellFresh(world)
    let meanwhile = 0
    await world.strike({
      component: 'postgres',
      way: 'killed',
      async hit() {
        stack.holdDown('postgres')
        const from = performance.now()
        await world.pause(awayMs)
        meanwhile = acceptedSince(world, from).length
        return 'postgres'
      },
      heal: async () => stack.letUp('postgres'),
    })
    report.claim('orders are accepted while Postgres is away', meanwhile > 0, meanwhile)
  },
}

/** DESIGN.md section 7: a partition's leader is gone, and the outbox goes on with another. */
export const kafkaLeaderAway: Scene = {
  name: 'kafka-leader-away',
  what: "the broker that leads the holds' partitions is killed and stays away: orders go on",
  async run(world) {
    const { stack, report } = world
    await sellFresh(world)
    const leader = await leaderOfHolds(world)
    let went: number | undefined
    await world.strike({
      component: 'kafka',
      way: 'killed',
      name: leader,
      async hit() {
        stack.holdDown(leader)
        const from = performance.now()
        const wait = { limitMs: endedWithinMs, what: 'an order that came after the leader died' }
        went = await world.until(() => ordersMoved(world, from), wait).catch(() => undefined)
        return leader
      },
      heal: async () => stack.letUp(leader),
    })
    const what = 'orders accepted after the leader died were paid or waited for while it was away'
    report.claim(what, went !== undefined, went ?? 0)
  },
}

/** Accepted since then, and seen by their buyers as orders with a row: their event went through. */
function ordersMoved({ load }: World, from: number): number | undefined {
  const moved = load.latestReceipts().filter(({ acceptedAt = -1, seen }) => {
    return acceptedAt >= from && seen !== undefined && seen !== 'accepted' && seen !== 'unconfirmed'
  })
  return moved.length > 0 ? moved.length : undefined
}

/** The part that leads the most partitions of the topic of holds. */
async function leaderOfHolds({ stack }: World): Promise<string> {
  const { kafka: brokers, topicPrefix } = stack.addresses
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [`${topicPrefix}stock`] })
    const partitions = topics.flatMap((topic) => topic.partitions)
    const led = Map.groupBy(partitions, ({ leader }) => leader)
    const [most] = [...led].sort(([, one], [, other]) => other.length - one.length)
    const { brokers: known } = await admin.describeCluster()
    const port = known.find(({ nodeId }) => nodeId === most?.[0])?.port
    const part = stack.status().find(({ url }) => url.endsWith(`:${port}`))
    if (!part) throw new Error('the leader of the holds is not known')
    return part.name
  } finally {
    await admin.disconnect()
  }
}
