import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { connectRedis, whenReady } from '@flashsale/redis/connection.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { askRedis } from '../src/redis/read-config.ts'
import { push, redisOf, startConfig, startConfigPeer } from './config-parts.ts'
import { adminToken, buyerToken, outcome, startGateway } from './gateway.ts'
import { gatewayRedis } from './gateway-redis.ts'
import { refusal, startPeer } from './peers.ts'

const PATH = '/v1/admin/config'
const token = adminToken()
const change = { switches: { readOnly: true } }

async function startAdmin(t: TestContext) {
  const keeper = await startConfigPeer(t)
  const { broadcast, redis } = await gatewayRedis(t)
  const runtimeConfig = startConfig(t, keeper.url, broadcast)
  const { call } = await startGateway(t, { runtimeConfig, inventoryUrl: keeper.url })
  const patch = (body: unknown, query = '') => call('PATCH', PATH + query, { token, body })
  const get = (headers = {}) => call('GET', PATH, { token, headers })
  return { keeper, runtimeConfig, redis, call, patch, get }
}

test('an operator reads the configuration, tries a change, makes it, and it is in force with the answer', async (t) => {
  const { keeper, runtimeConfig, patch, get } = await startAdmin(t)
  const before = await get()
  assert.deepEqual([before.body.version, before.headers.get('etag')], [0, '"0"'])
  const dry = await patch({ why: 'to see', change }, '?dryRun=true')
  assert.deepEqual([dry.status, dry.body.dryRun, dry.body.version], [200, true, 0])
  assert.equal(runtimeConfig.current().switches.readOnly, false)

  const done = await patch({ why: 'the bank is away', change, expectedVersion: 0 })
  assert.deepEqual([done.status, done.body.version], [200, 1])
  assert.equal(runtimeConfig.current().switches.readOnly, true)
  assert.deepEqual(keeper.asked.at(-1), {
    why: 'the bank is away',
    change,
    expectedVersion: 0,
    who: 'operator',
    dryRun: false,
  })
  assert.equal((await get({ 'if-none-match': '"1"' })).status, 304)
  assert.equal((await get({ 'if-none-match': '"0"' })).status, 200)
  const late = await patch({ why: 'late', change: {}, expectedVersion: 0 })
  assert.deepEqual([outcome(late), late.body.version], ['409 config-changed', 1])
})

test('a bad change is 400 with the places that are wrong, and changes nothing', async (t) => {
  const { runtimeConfig, call, patch, get } = await startAdmin(t)
  const bad = await patch({ why: 'x', change: { switches: { readOnly: 'yes' }, limits: { a: 1 } } })
  assert.equal(outcome(bad), '400 invalid-request')
  assert.deepEqual(bad.body.errors.map(({ at }: { at: string }) => at).sort(), [
    'document/switches/readOnly',
  ])
  const unknown = await patch({ why: 'x', change: { limits: { a: 1 } } })
  assert.deepEqual(unknown.body.errors, [{ at: 'document/limits/a', message: 'is not known' }])
  const odd: unknown[] = [
    {},
    [],
    { change },
    { why: '', change },
    { why: 'x' },
    { why: 'x', change: [] },
    { why: 'x', change: null },
    { why: 'x', change, who: 'somebody else' },
    { why: 'x'.repeat(501), change },
    { why: 'x', change, expectedVersion: -1 },
  ]
  for (const body of odd) {
    assert.equal(outcome(await patch(body)), '400 invalid-request', JSON.stringify(body))
  }
  assert.equal(outcome(await patch({ why: 'x', change }, '?dryRun=yes')), '400 invalid-request')
  assert.equal(outcome(await call('PATCH', PATH, { token: buyerToken() })), '403 forbidden')
  assert.equal(outcome(await call('GET', PATH, { token: buyerToken() })), '403 forbidden')
  assert.equal(outcome(await call('GET', PATH)), '401 unauthenticated')
  assert.deepEqual([(await get()).body.version, runtimeConfig.version()], [0, 0])
})

test('while inventory is away the configuration stays, and calls about it are 503', async (t) => {
  const { keeper, runtimeConfig, call, patch, get } = await startAdmin(t)
  await patch({ why: 'x', change })
  keeper.goAway()
  assert.equal(outcome(await get()), '503 try-later')
  assert.equal(outcome(await patch({ why: 'x', change: {} })), '503 try-later')
  assert.equal(outcome(await call('GET', `${PATH}/history`, { token })), '503 try-later')
  const body = { why: 'x', version: 0 }
  assert.equal(outcome(await call('POST', `${PATH}/roll-back`, { token, body })), '503 try-later')
  assert.equal(runtimeConfig.current().switches.readOnly, true)
})

test('an inventory of an earlier release, which keeps no configuration, is one that is away', async (t) => {
  const { broadcast } = await gatewayRedis(t)
  const peer = await startPeer(t, () => refusal('not-found', 404))
  const runtimeConfig = startConfig(t, peer.url, broadcast)
  const { call } = await startGateway(t, { runtimeConfig, inventoryUrl: peer.url })
  const body = { why: 'x', change }
  assert.equal(outcome(await call('GET', PATH, { token })), '503 try-later')
  assert.equal(outcome(await call('PATCH', PATH, { token, body })), '503 try-later')
  assert.equal(outcome(await call('GET', `${PATH}/history`, { token })), '503 try-later')
})

test('what Redis tells is in force at once; what can’t be read is not', async (t) => {
  const { keeper, runtimeConfig, redis } = await startAdmin(t)
  await runtimeConfig.known
  keeper.goAway()
  await until(() => redis.status === 'ready', { what: 'Redis', timeoutMs: 10_000 })
  const told = async (version: number, document: object) => {
    await push(redis, { version, document: document as never })
  }
  const isAt = (version: number) => () => runtimeConfig.version() === version
  await until(
    async () => {
      await told(1, change) // the subscription may be a moment behind
      return isAt(1)()
    },
    { what: 'version 1', timeoutMs: 10_000 },
  )
  await told(2, { switches: { readOnly: 'no' } })
  await told(3, { switches: { stopJoins: true } })
  await until(isAt(3), { what: 'version 3', timeoutMs: 10_000 })
  assert.deepEqual(runtimeConfig.current().switches.readOnly, false)
})

test('a Redis that knows tells a gateway that finds no inventory; one that knows nothing, or is away, does not', async (t) => {
  const server = await ownRedis(t)
  const redis = connectRedis(server)
  t.after(() => redis.disconnect())
  await whenReady(redis, 10_000)
  const ask = askRedis(redis)
  assert.equal(await ask({ version: 0 }), undefined)
  const told = { version: 5, document: { switches: { stopJoins: true } } }
  await push(await redisOf(t, server), told).catch(async () => push(redis, told))
  assert.deepEqual(await ask({ version: 0 }), { told })
  assert.equal(await ask({ version: 5 }), 'same')
  await server.kill()
  await until(() => redis.status !== 'ready', { what: 'it to be gone', timeoutMs: 10_000 })
  assert.equal(await ask({ version: 0 }), undefined)
})
