import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closeRedis, connectRedis, whenReady } from '@flashsale/redis/connection.ts'
import { ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { redisLeases } from '../src/redis-leases.ts'
import { granted } from './claim.ts'
import { conformance } from './conformance.ts'
import { redisStore } from './test-store.ts'

conformance('Redis', redisStore)

test('a Redis that lost everything grants a lease anew, with a higher token', async (t) => {
  const server = await ownRedis(t)
  const redis = connectRedis({ url: server.url })
  t.after(() => closeRedis(redis))
  await whenReady(redis, 10_000)
  const leases = redisLeases(redis)
  const flushed = await granted(leases, 'a')
  await redis.flushall()
  const killed = await granted(leases, 'b')
  await server.kill()
  await server.forget()
  await assert.rejects(leases.acquire('work', { ttlMs: 1_000, holder: 'c' }))
  await server.start()
  await whenReady(redis, 10_000)
  const next = await granted(leases, 'c')
  assert.ok(next.token > killed.token && killed.token > flushed.token)
  assert.deepEqual([await flushed.extend(), await killed.extend()], [false, false])
})
