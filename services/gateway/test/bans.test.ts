import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { testRedis } from '@flashsale/test-kit/redis.ts'
import { adminToken, aSale, buyerToken, outcome, sign, startGateway } from './gateway.ts'
import type { RedisPlace } from './gateway-redis.ts'

const IN = '404 order-not-found'
const OUT = '401 unauthenticated'
const BANNED = '403 banned'
const IN_FORCE_MS = 2_000
const SLOW_MS = 3_000 // what a busy machine may take on top
const wait = (what: string) => ({ timeoutMs: IN_FORCE_MS + SLOW_MS, what })

async function gatewayAt(t: TestContext, redis: RedisPlace, { isAway = false } = {}) {
  const { call, bans, ...rest } = await startGateway(t, { redis })
  if (!isAway) await bans.known
  const ask = async (token: string) => outcome(await call('GET', '/v1/orders/x', { token }))
  const admin = async (method: string, path: string, body?: object) =>
    outcome(await call(method, `/v1/admin/${path}`, { token: adminToken(), body }))
  const becomes = (token: string, expected: string) =>
    until(async () => (await ask(token)) === expected, wait(`it to be ${expected}`))
  return { ...rest, call, bans, ask, admin, becomes }
}

test('a banned buyer is refused everything of buyers at every gateway, until let in again', async (t) => {
  const place = testRedis(t)
  const [one, two] = [await gatewayAt(t, place), await gatewayAt(t, place)]
  const ann = buyerToken('ann')
  assert.deepEqual([await one.ask(ann), await two.ask(ann)], [IN, IN])
  assert.equal(await one.admin('PUT', 'banned-buyers/ann'), '200')
  assert.equal(await one.ask(ann), BANNED, 'at once where it was said')
  await two.becomes(ann, BANNED)
  assert.equal(await two.ask(sign({ sub: 'ann', exp: 9e9 })), BANNED, 'whatever the token')
  for (const [method, path] of [
    ['POST', `/v1/sales/${aSale().id}/orders`],
    ['GET', '/v1/orders'],
    ['POST', '/v1/orders/x/payment'],
    ['POST', '/v1/orders/x/cancel'],
  ] as const) {
    const body = method === 'POST' ? {} : undefined
    assert.equal(outcome(await two.call(method, path, { token: ann, body })), BANNED, path)
  }
  assert.equal(await two.ask(buyerToken('bob')), IN)
  assert.equal(outcome(await two.call('GET', '/v1/sales', { token: ann })), '200')

  assert.equal(await two.admin('PUT', 'banned-buyers/ann'), '200')
  assert.equal(await two.admin('DELETE', 'banned-buyers/ann'), '200')
  assert.equal(await two.admin('DELETE', 'banned-buyers/ann'), '200')
  assert.equal(await two.ask(ann), IN)
  await one.becomes(ann, IN)
})

test('a ban names its buyer exactly, and never keeps an operator out', async (t) => {
  const { admin, ask, call } = await gatewayAt(t, testRedis(t))
  const names = ['a/b', 'ü %', 'x'.repeat(128), '🦊', '__proto__', '*']
  for (const name of names) {
    assert.equal(await admin('PUT', `banned-buyers/${encodeURIComponent(name)}`), '200', name)
    assert.equal(await ask(buyerToken(name)), BANNED, name)
  }
  assert.equal(await ask(buyerToken('a')), IN)
  assert.equal(await admin('PUT', `banned-buyers/${'x'.repeat(129)}`), '404 not-found')
  assert.equal(await admin('PUT', 'banned-buyers/operator'), '200')
  assert.equal(await admin('DELETE', 'banned-buyers/operator'), '200')
  const sale = { token: buyerToken('a') }
  assert.equal(outcome(await call('PUT', '/v1/admin/banned-buyers/b', sale)), '403 forbidden')
})

test('a withdrawn token is out everywhere, also where it is known, and only this one', async (t) => {
  const place = testRedis(t)
  const [one, two] = [await gatewayAt(t, place), await gatewayAt(t, place)]
  const exp = Math.floor(Date.now() / 1_000) + 600
  const [lost, kept] = [sign({ sub: 'ann', exp }), sign({ sub: 'ann', exp: exp + 1 })]
  assert.deepEqual([await one.ask(lost), await two.ask(lost)], [IN, IN])
  assert.equal(await one.admin('PUT', 'withdrawn-tokens', { token: lost }), '200')
  assert.equal(await one.ask(lost), OUT)
  await two.becomes(lost, OUT)
  assert.deepEqual([await one.ask(kept), await two.ask(kept)], [IN, IN])
  const kept2 = await place.redis.zrange('{bans}:tokens', '0', '-1', 'WITHSCORES')
  assert.equal(kept2.length, 2)
  assert.ok(!kept2.join().includes(lost), 'it is not kept itself')
  assert.equal(kept2[1], String(exp * 1_000))
})

test('a withdrawn token stays out when its signature is written down in another way', async (t) => {
  const { admin, ask } = await gatewayAt(t, testRedis(t))
  const lost = buyerToken('ann')
  assert.equal(await admin('PUT', 'withdrawn-tokens', { token: lost }), '200')
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = letters.indexOf(lost.at(-1) ?? '')
  for (const spare of [0, 1, 2, 3]) {
    const same = lost.slice(0, -1) + letters[(last & ~3) | spare]
    assert.equal(await ask(same), OUT, `${spare} in the bits that count for nothing`)
  }
})

test('tokens with one jti are withdrawn together, an operator’s too', async (t) => {
  const { admin, ask, call } = await gatewayAt(t, testRedis(t))
  const claims = { sub: 'ann', jti: 'j1' } as { sub: string }
  const token = sign(claims)
  const operator = sign({ ...claims, sub: 'op', role: 'admin' })
  assert.equal(await ask(token), IN)
  assert.equal(await admin('PUT', 'withdrawn-tokens', { jti: 'j1' }), '200')
  assert.equal(await ask(token), OUT)
  assert.equal(await ask(sign({ ...claims, exp: 9e9 })), OUT)
  assert.equal(outcome(await call('GET', '/v1/admin/sales', { token: operator })), OUT)
  assert.equal(await ask(sign({ ...claims, ...{ jti: 'j2' } })), IN)
})

test('what is no token of ours can’t be withdrawn, and the call says so', async (t) => {
  const { admin } = await gatewayAt(t, testRedis(t))
  for (const body of [
    {},
    { token: 'x' },
    { token: `Bearer ${buyerToken()}` },
    { token: sign({ sub: 'ann' }, { alg: 'HS512' }) },
    { jti: '' },
    { jti: 'j', token: buyerToken() },
    { jti: 'j', more: 1 },
  ]) {
    const answer = await admin('PUT', 'withdrawn-tokens', body)
    assert.equal(answer, '400 invalid-request', JSON.stringify(body))
  }
})

test('there is a most of bans: one more is refused, and all of them are in force', async (t) => {
  const place = testRedis(t)
  const buyers = Array.from({ length: 100_000 }, (_, n) => `buyer-${n}`)
  for (let at = 0; at < buyers.length; at += 5_000) {
    await place.redis.sadd('{bans}:buyers', ...buyers.slice(at, at + 5_000))
  }
  await place.redis.set('{bans}:version', buyers.length)
  const { admin, ask } = await gatewayAt(t, place)
  for (const one of ['buyer-0', 'buyer-99999']) assert.equal(await ask(buyerToken(one)), BANNED)
  assert.equal(await admin('PUT', 'banned-buyers/ann'), '409 too-many-bans')
  assert.equal(await admin('PUT', 'banned-buyers/buyer-7'), '200')
  assert.equal(await admin('DELETE', 'banned-buyers/buyer-7'), '200')
  assert.equal(await admin('PUT', 'banned-buyers/ann'), '200')
  assert.deepEqual([await ask(buyerToken('ann')), await ask(buyerToken('buyer-7'))], [BANNED, IN])
})

test('a ban outlives the gateway, and is known to the next one when it begins', async (t) => {
  const place = testRedis(t)
  const one = await gatewayAt(t, place)
  assert.equal(await one.admin('PUT', 'banned-buyers/ann'), '200')
  assert.equal(await one.admin('PUT', 'withdrawn-tokens', { jti: 'j' }), '200')
  await one.app.close()
  await one.bans.stop()
  const two = await gatewayAt(t, place)
  assert.equal(await two.ask(buyerToken('ann')), BANNED)
  assert.equal(await two.ask(sign({ sub: 'bob', ...{ jti: 'j' } })), OUT)
})

test('while Redis is away bans stay as known, nobody waits for it, and no new one is told done', async (t) => {
  const server = await ownRedis(t)
  const { admin, ask, becomes } = await gatewayAt(t, server)
  assert.equal(await admin('PUT', 'banned-buyers/ann'), '200')
  await server.kill()
  assert.deepEqual([await ask(buyerToken('ann')), await ask(buyerToken('bob'))], [BANNED, IN])
  assert.equal(await admin('PUT', 'banned-buyers/bob'), '503 try-later')
  assert.equal(await admin('DELETE', 'banned-buyers/ann'), '503 try-later')
  assert.equal(await admin('PUT', 'withdrawn-tokens', { jti: 'j' }), '503 try-later')
  assert.deepEqual([await ask(buyerToken('ann')), await ask(buyerToken('bob'))], [BANNED, IN])
  await server.start()
  const works = async () => (await admin('PUT', 'banned-buyers/bob')) === '200'
  await until(works, wait('Redis to be back'))
  await becomes(buyerToken('bob'), BANNED)
})

test('a gateway that begins while Redis is away lets buyers in, and learns of bans when it is back', async (t) => {
  const server = await ownRedis(t)
  const one = await gatewayAt(t, server)
  assert.equal(await one.admin('PUT', 'banned-buyers/ann'), '200')
  await server.kill()
  const two = await gatewayAt(t, server, { isAway: true })
  assert.equal(await two.ask(buyerToken('ann')), IN)
  await server.start()
  await two.becomes(buyerToken('ann'), BANNED)
})
