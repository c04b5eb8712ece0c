import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { testRedis } from '@flashsale/test-kit/redis.ts'
import { closeRedis, connectRedis, whenReady } from '../src/connection.ts'

test('a server that is away fails a command at once', async (t) => {
  const redis = connectRedis({ url: 'redis://127.0.0.1:1' })
  t.after(() => closeRedis(redis))
  await assert.rejects(redis.ping())
  await assert.rejects(whenReady(redis, 50), /not ready/)
})

test('a command whose answer never comes fails in time, and is not sent again', async (t) => {
  const server = await silentServer(t)
  const redis = connectRedis({ url: server.url, commandTimeoutMs: 100 })
  t.after(() => closeRedis(redis))
  await whenReady(redis, 5_000)
  await assert.rejects(redis.incr('counter'), /timed out/i)
  server.dropConnections()
  await whenReady(redis, 5_000)
  assert.equal(server.sent('counter'), 1)
})

test('what was sent when the connection broke fails, and is not sent again', async (t) => {
  const server = await silentServer(t)
  const redis = connectRedis({ url: server.url })
  t.after(() => closeRedis(redis))
  await whenReady(redis, 5_000)
  const lost = assert.rejects(redis.incr('counter'))
  await server.sees('counter')
  server.dropConnections()
  await lost
  await whenReady(redis, 5_000)
  redis.get('after').catch(() => {}) // what is sent over the new connection, in this order
  await server.sees('after')
  assert.equal(server.sent('counter'), 1)
})

test('keys of two prefixes stay apart', async (t) => {
  const { url, keyPrefix } = testRedis(t)
  const one = connectRedis({ url, keyPrefix: `${keyPrefix}1:` })
  const two = connectRedis({ url, keyPrefix: `${keyPrefix}2:` })
  t.after(() => Promise.all([closeRedis(one), closeRedis(two)]))
  await Promise.all([whenReady(one, 5_000), whenReady(two, 5_000)])
  await one.set('a', 1)
  assert.equal(await two.get('a'), null)
})

/** Answers what a connection begins with, and nothing after it. */
async function silentServer(t: TestContext) {
  const sockets = new Set<Socket>()
  let received = ''
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}) // dropped by the test
    socket.on('data', (data) => {
      received += data
      for (const command of String(data).split('*').slice(1)) {
        const isInfo = /\r\ninfo\r\n/i.test(command)
        if (isInfo) socket.write('$11\r\nloading:0\r\n\r\n')
        else if (/client|select|hello/i.test(command)) socket.write('+OK\r\n')
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `redis://127.0.0.1:${port}`,
    sees: (text: string) =>
      until(() => received.includes(text), { timeoutMs: 5_000, what: `'${text}' at the server` }),
    sent: (text: string) => received.split(text).length - 1,
    dropConnections() {
      for (const socket of sockets) socket.destroy()
      sockets.clear()
    },
  }
}
