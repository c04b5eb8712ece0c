import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { channels } from '@flashsale/contracts/channels.ts'
import { closeRedis, connectRedis } from '@flashsale/redis/connection.ts'
import { publish } from '@flashsale/redis/publish.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { testRedis } from '@flashsale/test-kit/redis.ts'
import { createBroadcast } from '../src/clients/broadcast.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const wait = (what: string) => ({ timeoutMs: 10_000, what })

function listenTo(t: TestContext, settings: { url: string; keyPrefix?: string }) {
  const subscriber = connectRedis(settings)
  const broadcast = createBroadcast(subscriber, quiet)
  t.after(() => {
    broadcast.stop()
    return closeRedis(subscriber)
  })
  const heard: unknown[] = []
  let connections = 0
  broadcast.on(channels.sales, (message) => void heard.push(message))
  broadcast.onReconnect(() => void connections++)
  const connected = (times: number) => until(() => connections >= times, wait('the channels'))
  return { broadcast, subscriber, heard, connected }
}

test('who listens hears its own channels of its own prefix, and nothing else', async (t) => {
  const { redis, url, keyPrefix } = testRedis(t)
  const { broadcast, heard, connected } = listenTo(t, { url, keyPrefix })
  const bans: unknown[] = []
  broadcast.on(channels.bans, (message) => void bans.push(message))
  await connected(1)
  await redis.publish(channels.sales, '{"without":"prefix"}')
  await redis.publish(`another:${channels.sales}`, '{"of":"another"}')
  await publish(redis, channels.config, { of: 'another channel' })
  await publish(redis, channels.sales, { n: 1 })
  await publish(redis, channels.bans, ['a'])
  await until(() => bans.length > 0, wait('the last message'))
  assert.deepEqual({ heard, bans }, { heard: [{ n: 1 }], bans: [['a']] })
})

test('a message that cannot be taken disturbs neither the next one nor the process', async (t) => {
  const { redis, url, keyPrefix } = testRedis(t)
  const { broadcast, heard, connected } = listenTo(t, { url, keyPrefix })
  broadcast.on(channels.sales, () => {
    throw new Error('a listener is broken')
  })
  await connected(1)
  await redis.publish(`${keyPrefix}${channels.sales}`, '{')
  await publish(redis, channels.sales, 1)
  await publish(redis, channels.sales, 2)
  await until(() => heard.length === 2, wait('the two after it'))
  assert.deepEqual(heard, [1, 2])
})

test('after Redis was away the channels are heard again, and it is told', async (t) => {
  const server = await ownRedis(t)
  const { heard, connected } = listenTo(t, server)
  await connected(1)
  await server.kill()
  await server.start()
  await connected(2)
  const redis = connectRedis(server)
  t.after(() => closeRedis(redis))
  await until(() => redis.status === 'ready', wait('the publisher'))
  await publish(redis, channels.sales, 'again')
  await until(() => heard.length > 0, wait('the message'))
})

test('a line that went silent is given up, and heard again when the server goes on', async (t) => {
  const server = await ownRedis(t)
  const { subscriber, connected } = listenTo(t, server)
  await connected(1)
  let closed = false
  subscriber.once('close', () => {
    closed = true
  })
  server.freeze()
  await until(() => closed, wait('the end of the silent line'))
  server.thaw()
  await connected(2)
})

test('a gateway can start before Redis is there', async (t) => {
  const server = await ownRedis(t)
  await server.kill()
  const { subscriber, connected } = listenTo(t, server)
  await new Promise((resolve) => subscriber.once('reconnecting', resolve)) // it was refused
  await server.start()
  await connected(1)
})
