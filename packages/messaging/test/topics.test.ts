import { test } from 'node:test'
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
