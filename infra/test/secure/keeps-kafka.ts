import assert from 'node:assert/strict'
import { createBus } from '@flashsale/messaging/bus.ts'
import { kafkaClient } from '@flashsale/messaging/kafka-client.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { type Admin, logLevel } from 'kafkajs'
import { quiet } from './quiet.ts'
import type { SecureStores } from './secure-stores.ts'

const NOT_ALLOWED = /authoriz/i
// To who may not see a group, the library says that nobody coordinates it.
const NOT_SEEN = /group coordinator/
const CRASHES_WITHIN_MS = 20_000

type Kafka = SecureStores['kafka']

export async function assertKafkaKeeps({ kafka }: SecureStores): Promise<void> {
  // Only the owner of a topic writes to it; a dead letter is written by who could not handle it.
  const writes: [user: string, topic: string][] = [
    ['order', 'payments'],
    ['order', 'stock'],
    ['order', 'orders.dead'],
    ['inventory', 'orders'],
    ['inventory', 'payments'],
    ['payment', 'orders'],
    ['payment', 'stock'],
    ['recovery', 'stock'],
    ['lag', 'orders'],
  ]
  for (const [user, topic] of writes) {
    await assert.rejects(write(kafka, user, topic), NOT_ALLOWED, `${user} writes ${topic}`)
  }
  await assertNoReading(kafka)
  await assertGroupsApart(kafka)
  await asUser(kafka, 'order', async (admin) => {
    const topics = [{ topic: 'new', numPartitions: 1 }]
    await assert.rejects(admin.createTopics({ topics }), refusedAs('order makes a topic'))
    const gone = admin.deleteTopics({ topics: ['orders'] })
    await assert.rejects(gone, refusedAs('order removes its topic'))
  })
}

async function assertNoReading(kafka: Kafka): Promise<void> {
  const readings: [user: string, group: string, topic: string][] = [
    ['payment', 'payment', 'stock'],
    ['inventory', 'inventory', 'payments'],
    ['lag', 'order', 'orders'],
  ]
  for (const [user, group, topic] of readings) {
    const why = await crashOf(kafka, user, group, topic)
    assert.match(why, NOT_ALLOWED, `${user} reads ${topic} as ${group}`)
  }
}

/** A member of another's group would take its messages away. */
async function assertGroupsApart(kafka: Kafka): Promise<void> {
  const groups: [user: string, groupId: string, isSeen: boolean][] = [
    ['payment', 'payment', true],
    ['order', 'payment', false],
    ['inventory', 'order', true], // how far it is behind, and no more: it may not read there
    ['inventory', 'payment', false],
    ['recovery', 'order', false],
  ]
  for (const [user, groupId, isSeen] of groups) {
    await asUser(kafka, user, async (admin) => {
      const place = admin.fetchOffsets({ groupId, topics: ['orders'] })
      if (isSeen) assert.equal((await place).length, 1)
      else await assert.rejects(place, NOT_SEEN, `${user} sees ${groupId}`)
    })
  }
}

async function write(kafka: Kafka, user: string, topic: string): Promise<void> {
  const bus = createBus({ ...kafka.address(user), group: user, log: quiet })
  const message = { topic, key: 'forged', value: '{}', headers: {} }
  await bus.publish([message]).finally(bus.close)
}

/** Why a member of the group gave up. */
async function crashOf(kafka: Kafka, user: string, groupId: string, topic: string) {
  let why: string | undefined
  const retry = { retries: 0, restartOnFailure: async () => false }
  const member = clientOf(kafka, user).consumer({ groupId, retry })
  member.on(member.events.CRASH, ({ payload }) => {
    why = payload.error.message
  })
  const fails = async () => {
    await member.connect()
    await member.subscribe({ topics: [topic], fromBeginning: true })
    await member.run({ autoCommit: false, eachMessage: async () => {} })
  }
  try {
    await fails().catch((error: Error) => {
      why ??= error.message
    })
    const what = `${user} to be refused as ${groupId}`
    return await until(() => why, { timeoutMs: CRASHES_WITHIN_MS, what })
  } finally {
    await member.disconnect().catch(() => {})
  }
}

function clientOf(kafka: Kafka, user: string) {
  const options = { retry: { retries: 0 }, logLevel: logLevel.NOTHING, log: quiet }
  return kafkaClient(kafka.address(user), options)
}

async function asUser(kafka: Kafka, user: string, work: (admin: Admin) => Promise<void>) {
  const admin = clientOf(kafka, user).admin()
  await admin.connect()
  try {
    await admin.listTopics() // it learns of the brokers
    await work(admin)
  } finally {
    await admin.disconnect()
  }
}

/** Of several topics at once the library tells each one's error inside. */
const refusedAs = (what: string) => (error: Error & { errors?: Error[] }) => {
  const texts = [error, ...(error.errors ?? [])].map(({ message }) => message).join(' ')
  assert.match(texts, NOT_ALLOWED, what)
  return true
}
