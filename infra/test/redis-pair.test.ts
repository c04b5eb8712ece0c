import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { Redis } from 'ioredis'
import { type Stack, startStack } from '../src/stack/stack.ts'
import { temporaryFolder } from './fake-part.ts'

const patience = { timeoutMs: 30_000 }

async function startPair(t: TestContext) {
  let running: Stack | undefined
  let client: Redis | undefined
  const stateDir = temporaryFolder(t, async () => {
    client?.disconnect()
    await running?.stop()
  })
  const pair = { parts: ['redis'], proxied: ['redis'], redisReplica: true, external: {} } as const
  const stack = await startStack({ stateDir, ...pair })
  running = stack
  const options = { port: stack.proxy('redis').port, retryStrategy: () => 50 }
  client = new Redis({ ...options, maxRetriesPerRequest: null })
  client.on('error', () => {}) // it comes back by itself
  const redis = client
  /** Past the proxy. */
  const read = async (name: 'redis' | 'redisReplica', ...keys: string[]) => {
    const one = new Redis({ port: stack.settings.ports[name] })
    try {
      return await one.mget(...keys)
    } finally {
      one.disconnect()
    }
  }
  return { stack, redis, read }
}

test('a copy that lags takes over with what it has, stays the master, and gets a copy again', async (t) => {
  const { stack, redis, read } = await startPair(t)
  await redis.set('early', '1')
  const isCopied = async () => (await read('redisReplica', 'early'))[0] === '1'
  await eventually('the copy', isCopied, patience)

  stack.proxy('replication').stall()
  assert.equal(await redis.set('acknowledged', '1'), 'OK')
  stack.holdDown('redis')
  stack.proxy('replication').cut()
  await stack.promoteReplica()
  assert.equal(stack.redisMaster(), 'redis-replica')
  assert.deepEqual(await redis.mget('early', 'acknowledged'), ['1', null])
  assert.equal(await redis.set('later', '1'), 'OK')
  await redis.wait(0, 0)
  // On disk before the kill, whatever everysec has written. It may be at one of its own still.
  const isWritten = async () => (await redis.info('persistence')).includes('rewrite_in_progress:0')
  await eventually('the file before', isWritten, patience)
  await redis.bgrewriteaof()
  await eventually('the file', isWritten, patience)
  stack.kill('redis-replica')
  await stack.waitReady('redis-replica')
  assert.equal(await redis.get('later'), '1')
  assert.match(await redis.info('replication'), /role:master/)

  stack.letUp('redis')
  await stack.waitReady('redis')
  await stack.rejoinReplica()
  assert.deepEqual(await read('redis', 'acknowledged', 'later'), [null, '1'])
})
