import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { Kafka, logLevel } from 'kafkajs'
import { type Stack, startStack } from '../src/stack/stack.ts'
import { temporaryFolder } from './fake-part.ts'

const topic = 'three-copies'
const retry = { initialRetryTime: 100, retries: 30 }

async function startBrokers(t: TestContext) {
  const opened: { disconnect(): Promise<void> }[] = []
  let running: Stack | undefined
  const stateDir = temporaryFolder(t, async () => {
    for (const client of opened) await client.disconnect() // while there is somebody to take leave of
    await running?.stop()
  })
  const parts = ['kafka'] as const
  const stack = await startStack({ stateDir, parts, scale: { kafka: 3 }, external: {} })
  running = stack
  const brokers = stack.addresses.kafka.split(',')
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry })
  const clients = {
    admin: kafka.admin(),
    producer: kafka.producer({ idempotent: true, maxInFlightRequests: 1 }),
    consumer: kafka.consumer({ groupId: 'after-the-kill' }),
  }
  for (const client of Object.values(clients)) {
    await client.connect()
    opened.push(client)
  }
  return { stack, ...clients }
}

test('one of three brokers is killed: what was written stays, and more is written and read', async (t) => {
  const { stack, admin, producer, consumer } = await startBrokers(t)
  const topics = [{ topic, numPartitions: 6, replicationFactor: -1 }]
  await admin.createTopics({ topics, waitForLeaders: false }) // a broker may not have heard of it yet
  const send = (value: string) =>
    producer.send({ topic, acks: -1, messages: [{ key: value, value }] })
  const wanted = Array.from({ length: 60 }, (_, number) => `event-${number}`)
  for (const value of wanted.slice(0, 30)) await send(value)

  const metadata = await admin.fetchTopicMetadata({ topics: [topic] })
  const [first] = metadata.topics[0]?.partitions ?? []
  assert.equal(first?.replicas.length, 3)
  const leader = first?.leader === 1 ? 'kafka' : `kafka-${first?.leader}`
  assert.ok(stack.holdDown(leader))
  for (const value of wanted.slice(30)) await send(value)

  const seen = new Set<string>()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message }) => void seen.add(`${message.value}`) })
  await eventually('all events', () => seen.size === wanted.length, { timeoutMs: 60_000 })

  stack.letUp(leader)
  await stack.waitReady(leader)
  const { brokers } = await admin.describeCluster()
  assert.equal(brokers.length, 3)
})
