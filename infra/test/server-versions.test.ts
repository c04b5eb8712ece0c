import assert from 'node:assert/strict'
import { test } from 'node:test'
import { servers } from '@flashsale/test-kit/servers.ts'
import {
  assertSupported,
  kafkaApis,
  kafkaRefusal,
  postgresVersion,
  redisVersion,
} from '../src/stack/server-versions.ts'

const external = {
  postgres: servers.postgresUrl(),
  redis: servers.redisUrl(),
  kafka: servers.kafkaBrokers().join(','),
}

test('servers that the environment names tell their versions, and those of the tests are supported', async () => {
  await assertSupported(external)
  assert.ok(Number.parseInt(await postgresVersion(external.postgres), 10) >= 15)
  assert.match(await redisVersion(external.redis), /^\d+\.\d+\.\d+$/)
  const apis = await kafkaApis(servers.kafkaBrokers()[0] ?? '')
  assert.deepEqual(apis.slice(0, 4), [0, 1, 2, 3]) // produce, fetch, offsets, metadata
  assert.equal(kafkaRefusal(apis), undefined)
})

test('a Kafka that does not take what came with 3.9 is refused', () => {
  const before = Array.from({ length: 80 }, (_, key) => key)
  assert.equal(kafkaRefusal(before), 'this Kafka is too old: the oldest supported is 3.9')
})

test('a server that is away is not called too old', async () => {
  const away = { postgres: 'postgres://127.0.0.1:1/x', redis: 'redis://127.0.0.1:1' }
  await assertSupported({ ...away, kafka: '127.0.0.1:1' })
})
