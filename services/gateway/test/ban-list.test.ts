import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { publish } from '@flashsale/redis/publish.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { testRedis } from '@flashsale/test-kit/redis.ts'
import { createBans } from '../src/domain/bans.ts'
import { startBanList } from '../src/jobs/ban-list.ts'
import { changeBans } from '../src/redis/change-bans.ts'
import { gatewayRedis, type RedisPlace } from './gateway-redis.ts'

const NEVER_MS = 3_600_000
const DAY_MS = 86_400_000
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const wait = (what: string) => ({ timeoutMs: 10_000, what })
const ban = (buyer: string) => ({ change: 'ban', buyer }) as const
const unban = (buyer: string) => ({ change: 'unban', buyer }) as const
const withdraw = (token: string, endsAtMs = NEVER_MS + Date.now()) =>
  ({ change: 'withdraw', token, endsAtMs }) as const

async function listAt(t: TestContext, place: RedisPlace, { everyMs }: { everyMs?: number } = {}) {
  const { redis, broadcast, ready } = await gatewayRedis(t, place)
  let heard = false
  broadcast.onReconnect(() => {
    heard = true
  })
  const list = startBanList({ redis, broadcast, log: quiet, ...(everyMs && { everyMs }) })
  t.after(list.stop)
  await Promise.all([ready(), list.known])
  await until(() => heard, wait('the channel'))
  const knows = (buyer: string, is = true) =>
    until(() => list.isBanned(buyer) === is, wait(`${buyer} to be ${is ? 'banned' : 'free'}`))
  return { ...list, redis, knows }
}

test('a change is pushed: nobody has to read it', async (t) => {
  const place = testRedis(t)
  const settings = { everyMs: NEVER_MS }
  const [one, two] = [await listAt(t, place, settings), await listAt(t, place, settings)]
  assert.equal(await one.change(ban('ann')), 'done')
  assert.ok(one.isBanned('ann'))
  await two.knows('ann')
  assert.equal(await two.change(unban('ann')), 'done')
  await one.knows('ann', false)
  assert.equal(await one.change(withdraw('jti:1')), 'done')
  await until(() => two.isWithdrawn('jti:1'), wait('the token'))
})

test('a change whose message was lost is read within the next second', async (t) => {
  const place = testRedis(t)
  const list = await listAt(t, place)
  assert.equal(await list.change(ban('ann')), 'done')
  await place.redis.sadd('{bans}:buyers', 'bob')
  await place.redis.srem('{bans}:buyers', 'ann')
  await place.redis.incrby('{bans}:version', 2)
  const startedAtMs = performance.now()
  await list.knows('bob')
  await list.knows('ann', false)
  assert.ok(performance.now() - startedAtMs < 5_000)
})

test('a change that is known to Redis alone is in force here before it is told as done', async (t) => {
  const place = testRedis(t)
  const list = await listAt(t, place, { everyMs: NEVER_MS })
  await place.redis.sadd('{bans}:buyers', 'ann')
  await place.redis.incr('{bans}:version')
  assert.equal(await list.change(ban('ann')), 'done')
  assert.ok(list.isBanned('ann'))
  await place.redis.sadd('{bans}:buyers', 'bob')
  await place.redis.incr('{bans}:version')
  assert.equal(await list.change(ban('cem')), 'done')
  assert.deepEqual([list.isBanned('bob'), list.isBanned('cem')], [true, true])
})

test('a message that shows another was lost makes all be read; one that can’t be read does too', async (t) => {
  const place = testRedis(t)
  const list = await listAt(t, place, { everyMs: NEVER_MS })
  for (const message of [{ version: 9, change: 'ban', buyer: 'x' }, 'nonsense', { version: 'x' }]) {
    const buyer = `b-${JSON.stringify(message)}`
    await place.redis.sadd('{bans}:buyers', buyer)
    await place.redis.incr('{bans}:version')
    await publish(list.redis, 'broadcast:bans', message)
    await list.knows(buyer)
    assert.ok(!list.isBanned('x'))
  }
})

test('an older change, or an older reading, changes nothing', () => {
  const bans = createBans()
  bans.learn({ version: 5, buyers: ['ann'], tokens: [] })
  assert.ok(bans.apply({ ...unban('ann'), version: 5 }, 0))
  bans.learn({ version: 4, buyers: [], tokens: [] })
  assert.ok(bans.hasBuyer('ann'))
  assert.ok(!bans.apply({ ...unban('ann'), version: 7 }, 0))
  assert.ok(bans.hasBuyer('ann'))
  assert.ok(bans.apply({ ...unban('ann'), version: 6 }, 0))
  assert.ok(!bans.hasBuyer('ann'))
})

test('tokens that ended by themselves do not fill the memory; those that did not stay', () => {
  const bans = createBans()
  const nowMs = 100 * DAY_MS
  for (let version = 1; version <= 10_000; version++) {
    const endsAtMs = version % 100 === 0 ? nowMs : nowMs - 2 * DAY_MS
    bans.apply({ ...withdraw(`t${version}`, endsAtMs), version }, nowMs)
  }
  assert.ok(bans.counts().tokens <= 1_100, `${bans.counts().tokens} tokens`)
  for (let n = 100; n <= 10_000; n += 100) assert.ok(bans.hasToken(`t${n}`))
})

test('a Redis that forgot is told by the gateways that know, and nothing it learned since is lost', async (t) => {
  const server = await ownRedis(t)
  const [one, two] = [await listAt(t, server), await listAt(t, server)]
  for (let n = 0; n < 5; n++) assert.equal(await one.change(ban(`ann-${n}`)), 'done')
  assert.equal(await one.change(withdraw('jti:1')), 'done')
  await two.knows('ann-4')
  await server.kill()
  await server.forget()
  await server.start()
  const restored = async () => {
    const third = await listAt(t, server)
    return third.isBanned('ann-4') && third.isWithdrawn('jti:1')
  }
  await until(restored, { ...wait('the bans to be told again'), everyMs: 500 })
  const works = async () => (await two.change(ban('bob'))) === 'done'
  await until(works, wait('Redis to be back'))
  await one.knows('bob')
  assert.ok(one.isBanned('ann-0') && two.isBanned('ann-0'))
})

test('a change made where Redis forgot first tells it what it forgot', async (t) => {
  const place = testRedis(t)
  const list = await listAt(t, place, { everyMs: NEVER_MS })
  assert.equal(await list.change(ban('ann')), 'done')
  assert.equal(await list.change(ban('cem')), 'done')
  await place.redis.del('{bans}:version', '{bans}:buyers')
  assert.equal(await list.change(ban('bob')), 'done')
  assert.deepEqual((await place.redis.smembers('{bans}:buyers')).sort(), ['ann', 'bob', 'cem'])
})

test('a change that is made twice has one version; there is a most of them, and an end of tokens', async (t) => {
  const place = testRedis(t)
  const { redis } = await gatewayRedis(t, place)
  const change = (wanted: Parameters<typeof changeBans>[1]) => changeBans(redis, wanted, 0, 2)
  await until(() => redis.status === 'ready', wait('Redis'))
  assert.deepEqual(await change(ban('a')), { kind: 'changed', version: 1 })
  assert.deepEqual(await change(ban('a')), { kind: 'known', version: 1 })
  assert.deepEqual(await change(ban('b')), { kind: 'changed', version: 2 })
  assert.deepEqual(await change(ban('c')), { kind: 'full', version: 2 })
  assert.deepEqual(await change(unban('c')), { kind: 'known', version: 2 })
  assert.deepEqual(await change(unban('a')), { kind: 'changed', version: 3 })
  assert.deepEqual(await change(withdraw('x', Date.now() - 2 * DAY_MS)), {
    kind: 'changed',
    version: 4,
  })
  assert.deepEqual(await change(withdraw('y')), { kind: 'changed', version: 5 })
  assert.deepEqual(await change(withdraw('z')), { kind: 'changed', version: 6 })
  assert.deepEqual(await change(withdraw('w')), { kind: 'full', version: 6 })
  assert.deepEqual((await place.redis.zrange('{bans}:tokens', '0', '-1')).sort(), ['y', 'z'])
  assert.deepEqual(await changeBans(redis, ban('d'), 7), { kind: 'forgot', version: 6 })
})
