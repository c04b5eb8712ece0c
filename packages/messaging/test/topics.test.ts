import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { testTopicPrefix } from '@flashsale/test-kit/bus.ts'
import { servers } from '@flashsale/test-kit/servers.ts'
import { createBus } from '../src/bus.ts'

const SERVICES = 4
const ROUNDS = 15

test('services that start at once all find the topics that one of them makes', async (t) => {
  for (let round = 0; round < ROUNDS; round++) {
    const topicPrefix = testTopicPrefix(t)
    const buses = Array.from({ length: SERVICES }, (_, i) => {
      const name = `service-${i}`
      const brokers = servers.kafkaBrokers()
      return createBus({ brokers, group: name, topicPrefix, partitions: 2, clientId: name })
    })
    try {
      await Promise.all(buses.map((bus) => bus.ensureTopics(['stock', 'orders', 'payments'])))
    } finally {
      await Promise.all(buses.map((bus) => bus.close()))
    }
  }
})

test('a user that may not make topics waits for them, and finds them when others have', async (t) => {
  const topicPrefix = testTopicPrefix(t)
  const brokers = servers.kafkaBrokers()
  const common = { brokers, topicPrefix, partitions: 2 }
  const told: string[] = []
  const warn = (_facts: object, sentence: string) => void told.push(sentence)
  const log = { debug: () => {}, info: () => {}, error: () => {}, warn }
  const waiting = createBus({ ...common, group: 'order', topics: 'wait', log })
  const making = createBus({ ...common, group: 'inventory' })
  t.after(() => Promise.all([waiting.close(), making.close()]))
  const found = waiting.ensureTopics(['stock'])
  await until(() => told.length > 0, { timeoutMs: 20_000, what: 'it to miss the topics' })
  await making.ensureTopics(['stock'])
  await found
})
