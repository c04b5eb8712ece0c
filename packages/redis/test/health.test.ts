import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { closeRedis, connectRedis, whenReady } from '../src/connection.ts'
import { RedisSilent } from '../src/health.ts'

const WAIT_MS = 15_000

async function watched(t: TestContext) {
  const server = await ownRedis(t)
  const redis = connectRedis({ url: server.url })
  t.after(() => closeRedis(redis))
  await whenReady(redis, WAIT_MS)
  const { health } = redis
  const answersAgain = () =>
    until(health.answers, { timeoutMs: WAIT_MS, everyMs: 5, what: 'Redis to answer again' })
  return { server, redis, health, answersAgain }
}

function beBusyFor(ms: number) {
  const untilMs = performance.now() + ms
  while (performance.now() < untilMs);
}

test('a frozen Redis is found out soon, what was asked is given up, and it heals by itself', async (t) => {
  const { server, redis, health, answersAgain } = await watched(t)
  assert.equal(health.answers(), true)
  server.freeze()
  let given = 0
  const giveUp = () => void given++
  const asked = Array.from({ length: 20 }, () => health.ask(() => redis.incr('n')))
  for (const one of asked) one.catch(giveUp)
  await until(() => !health.answers(), {
    timeoutMs: WAIT_MS,
    everyMs: 5,
    what: 'it to be found out',
  })
  assert.equal(given, 0) // nobody new has to wait, and who asked already may have an answer yet
  const ends = await Promise.allSettled(asked)
  assert.ok(ends.every((end) => end.status === 'rejected' && end.reason instanceof RedisSilent))
  assert.equal(health.answers(), false)
  server.thaw()
  await answersAgain()
  assert.equal(await redis.get('n'), '20') // given up, and run all the same: unknown is not "no"
})

test('also after its connection was given up as dead, it heals by itself', async (t) => {
  const { server, redis, health, answersAgain } = await watched(t)
  server.freeze()
  let closed = 0
  redis.on('close', () => closed++)
  await assert.rejects(health.ask(() => redis.ping()))
  await until(() => closed > 0, { timeoutMs: WAIT_MS, what: 'the dead connection to be closed' })
  assert.equal(health.answers(), false)
  server.thaw()
  await answersAgain()
  assert.equal(await health.ask(() => redis.ping()), 'PONG')
})

test('while it is silent, no more than one probe waits for it', async (t) => {
  const { server, redis, health } = await watched(t)
  server.freeze()
  let pings = 0
  const ping = redis.ping.bind(redis) as () => Promise<'PONG'>
  redis.ping = (() => {
    pings++
    return ping()
  }) as typeof redis.ping
  const startedAtMs = performance.now()
  await assert.rejects(
    health.ask(() => redis.get('x')),
    RedisSilent,
  )
  await until(() => performance.now() - startedAtMs > 1_500, { timeoutMs: WAIT_MS, what: 'time' })
  assert.equal(pings, 1)
  server.thaw()
})

test('a Redis that is gone does not answer, and one that is there again does', async (t) => {
  const { server, health, answersAgain } = await watched(t)
  await server.kill()
  await until(() => !health.answers(), { timeoutMs: WAIT_MS, what: 'it to be gone' })
  await server.start()
  await answersAgain()
})

test('an answer that comes late is an answer, and shows that Redis is there', async (t) => {
  const { server, redis, health } = await watched(t)
  server.freeze()
  const asked = health.ask(() => redis.incr('n'))
  await until(() => !health.answers(), {
    timeoutMs: WAIT_MS,
    everyMs: 5,
    what: 'it to be found out',
  })
  server.thaw()
  assert.equal(await asked, 1)
  assert.equal(health.answers(), true)
})

test('a process too busy to read its answers does not blame Redis', async (t) => {
  const { redis, health } = await watched(t)
  for (let i = 0; i < 3; i++) {
    const asked = Array.from({ length: 10 }, () => health.ask(() => redis.incr('n')))
    beBusyFor(500)
    await Promise.all(asked)
    assert.equal(health.answers(), true)
  }
})

test('what is only worth knowing now is given up as soon as Redis is found silent', async (t) => {
  const { server, redis, health } = await watched(t)
  server.freeze()
  const startedAtMs = performance.now()
  await assert.rejects(
    health.glance(() => redis.get('n')),
    RedisSilent,
  )
  assert.ok(performance.now() - startedAtMs < 600, 'not as long as what was asked is waited for')
  assert.equal(health.answers(), false)
  server.thaw()
})

test('an error of Redis is an answer, and goes to who asked', async (t) => {
  const { redis, health } = await watched(t)
  await redis.set('text', 'a')
  await assert.rejects(
    health.ask(() => redis.incr('text')),
    /not an integer/,
  )
  assert.equal(health.answers(), true)
})
