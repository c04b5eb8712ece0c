import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { testRedis } from '@flashsale/test-kit/redis.ts'
import { createCallCounts } from '../src/redis/call-counts.ts'
import { adminToken, buyerToken, newOrderId, outcome, startGateway } from './gateway.ts'
import { connected } from './limit-parts.ts'

const limit = { calls: 3, perSeconds: 2 }
const WAIT_MS = 15_000
const NOT_HELD_UP_MS = 1_000 // of a Redis that is frozen

test('slow calls are counted over all gateways, each caller and each kind by itself', async (t) => {
  const server = testRedis(t)
  const start = async () => {
    const redis = await connected(t, server)
    const payment = createCallCounts(redis, 'payment', limit)
    const admin = createCallCounts(redis, 'admin', limit)
    return startGateway(t, { slowCalls: { payment, admin } })
  }
  const [one, two] = [await start(), await start()]
  const token = buyerToken('ann')
  const pay = (gateway: typeof one, as = token) =>
    gateway.call('POST', `/v1/orders/${newOrderId('someone else')}/payment`, { token: as })

  const first = await pay(one)
  assert.equal(outcome(first), '404 order-not-found')
  assert.equal(first.headers.get('ratelimit-policy'), '"payment";q=3;w=2')
  assert.equal(first.headers.get('ratelimit'), '"payment";r=2;t=2')
  assert.deepEqual(
    [outcome(await pay(two)), outcome(await pay(one))],
    Array(2).fill('404 order-not-found'),
  )
  for (const gateway of [one, two]) {
    const refused = await pay(gateway)
    assert.equal(outcome(refused), '429 rate-limited')
    assert.match(refused.headers.get('retry-after') ?? '', /^[12]$/)
    assert.match(refused.headers.get('ratelimit') ?? '', /^"payment";r=0;t=[12]$/)
  }
  assert.equal(outcome(await pay(two, buyerToken('ben'))), '404 order-not-found')
  const others = [
    await one.call('GET', '/v1/admin/limits', { token: adminToken() }),
    await one.call('GET', '/v1/orders/x', { token }),
    await one.call('POST', '/v1/orders/x/cancel', { token }),
  ]
  assert.deepEqual(others.map(outcome), ['200', '404 order-not-found', '404 order-not-found'])

  await until(async () => outcome(await pay(two)) === '404 order-not-found', {
    what: 'the window to end',
    timeoutMs: WAIT_MS,
  })
})

test('who may not call is told so before his calls are counted', async (t) => {
  const redis = await connected(t, testRedis(t))
  const admin = createCallCounts(redis, 'admin', limit)
  const { call } = await startGateway(t, { slowCalls: { admin } })
  const read = (token?: string) => call('GET', '/v1/admin/limits', token ? { token } : {})
  for (let i = 0; i < 5; i++) {
    assert.equal(outcome(await read()), '401 unauthenticated')
    assert.equal(outcome(await read(buyerToken('operator'))), '403 forbidden') // the operator's name
  }
  const answers = []
  for (let i = 0; i < 4; i++) answers.push(outcome(await read(adminToken())))
  assert.deepEqual(answers, ['200', '200', '200', '429 rate-limited'])
})

test('while Redis is away or frozen a gateway counts alone, and nobody is held up', async (t) => {
  const server = await ownRedis(t)
  const redis = await connected(t, server)
  const { count } = createCallCounts(redis, 'payment', { calls: 2, perSeconds: 60 })
  const first = await count('ann')
  assert.deepEqual([first.byAll, first.allowed, first.remaining], [true, true, 1])
  const byAll = (caller: string) => async () => {
    const counted = await count(caller)
    return counted.byAll && counted
  }

  server.freeze()
  const longest = { ms: 0 }
  const alone = []
  for (let i = 0; i < 20; i++) {
    const fromMs = performance.now()
    alone.push(await count('ann'))
    longest.ms = Math.max(longest.ms, performance.now() - fromMs)
  }
  assert.ok(alone.every((one) => !one.byAll))
  const letIn = alone.map(({ allowed }) => allowed)
  assert.deepEqual(letIn, [true, true, ...Array(18).fill(false)])
  const last = alone.at(-1)
  assert.ok(last && last.remaining === 0)
  assert.ok(last.untilResetMs > 0 && last.untilResetMs <= 30_000, `${last.untilResetMs} ms`)
  assert.ok(longest.ms < NOT_HELD_UP_MS, `${longest.ms} ms`)
  assert.equal((await count('ben')).allowed, true)
  server.thaw()
  const ofCid = await until(byAll('cid'), { what: 'a count', timeoutMs: WAIT_MS })
  assert.equal(ofCid.allowed, true)

  await server.kill()
  for (let i = 0; i < 3; i++) assert.equal((await count('dan')).allowed, i < 2)
  await server.start()
  const ofDan = await until(byAll('dan'), { what: 'a count', timeoutMs: WAIT_MS })
  assert.equal(ofDan.allowed, true) // what was counted alone is not held against him
})
