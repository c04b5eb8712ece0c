import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createBus, type Message } from '@flashsale/messaging/bus.ts'
import { sleep } from '@flashsale/service-kit/wait.ts'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { Kafka, logLevel } from 'kafkajs'
import { startStack } from '../src/stack/stack.ts'
import { temporaryFolder } from './fake-part.ts'

const topic = 'stock'
const eventsABatch = 60 // enough that each batch goes to all brokers
const batchesEach = 20 // before the death and after it
const tryForMs = 60_000 // a controller that died with its broker is followed by another one first
const tryAgainMs = 50

async function startBrokers(t: TestContext) {
  let close = async () => {}
  const stateDir = temporaryFolder(t, () => close())
  const stack = await startStack({
    stateDir,
    parts: ['kafka'],
    scale: { kafka: 3 },
    external: {},
  })
  const brokers = stack.addresses.kafka.split(',')
  const bus = createBus({ brokers, group: 'relay' })
  const consumer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).consumer({ groupId: 'all' })
  close = async () => {
    await bus.close()
    await consumer.disconnect()
    await stack.stop()
  }
  await bus.ensureTopics([topic])
  return { stack, bus, consumer }
}

function newBatch(): Message[] {
  return Array.from({ length: eventsABatch }, () => {
    const id = randomUUID()
    return { topic, key: id, value: id, headers: {} }
  })
}

/** As the relay does: the same batch again and again until it is acknowledged. */
async function publishUntilDone(publish: (batch: Message[]) => Promise<void>, batch: Message[]) {
  const deadline = performance.now() + tryForMs
  while (true) {
    try {
      return await publish(batch)
    } catch (error) {
      if (performance.now() > deadline) throw error
      await sleep(tryAgainMs)
    }
  }
}

test('every event that was acknowledged is in Kafka, though a leader dies while it is published', async (t) => {
  const { stack, bus, consumer } = await startBrokers(t)
  const acknowledged: string[] = []
  const publish = async () => {
    const batch = newBatch()
    await publishUntilDone(bus.publish, batch)
    acknowledged.push(...batch.map(({ value }) => value))
  }
  for (let batches = 0; batches < batchesEach; batches++) await publish()
  stack.holdDown('kafka-2')
  for (let batches = 0; batches < batchesEach; batches++) await publish()

  const found = new Set<string>()
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message }) => void found.add(`${message.value}`) })
  const missing = () => acknowledged.filter((value) => !found.has(value)).length
  await eventually('every event', () => missing() === 0, { timeoutMs: 30_000 }).catch(() => {})
  assert.equal(missing(), 0, `of ${acknowledged.length} acknowledged events`)
})
