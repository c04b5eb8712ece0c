import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noCanary, type RolledBack } from '@flashsale/contracts/http/canary.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { testRedis } from '@flashsale/test-kit/redis.ts'
import { aRule, startBoard } from './canary-parts.ts'

const EVERYWHERE_WITHIN_MS = 2_000
const LATER = 10 ** 15 // than any change of today
const KEY = 'gateways:{canary}:splits'
const wait = (what: string) => ({ what, timeoutMs: 15_000 })
const why: RolledBack = {
  at: new Date(0).toISOString(),
  gateway: 'one',
  cause: 'errors',
  why: 'a test',
}

test('what an operator sets, and a roll-back, hold at every gateway within 2 s, and at one that starts later', async (t) => {
  const server = testRedis(t)
  const [one, two] = [await startBoard(t, server), await startBoard(t, server)]
  assert.deepEqual(await two.read(), noCanary)

  const order = aRule({ weightPercent: 5 })
  const setAtMs = performance.now()
  assert.deepEqual(await one.change({ order }), { ...noCanary, order })
  await until(() => two.rule('order')?.weightPercent === 5, wait('the other to know'))
  assert.ok(performance.now() - setAtMs <= EVERYWHERE_WITHIN_MS)

  const leftAtMs = performance.now()
  await two.rollBack('order', why)
  assert.deepEqual(two.rule('order')?.rolledBack, why)
  await until(() => one.rule('order')?.rolledBack !== undefined, wait('the other to leave it'))
  assert.ok(performance.now() - leftAtMs <= EVERYWHERE_WITHIN_MS)
  const late = await startBoard(t, server)
  assert.deepEqual(await late.read(), { ...noCanary, order: { ...order, rolledBack: why } })

  const again = aRule({ weightPercent: 1 })
  await one.change({ order: again }) // only an operator brings it back
  await until(() => two.rule('order')?.rolledBack === undefined, wait('the new rule'))
  assert.deepEqual(await late.read(), { ...noCanary, order: again })
})

test('two services rolled back at once, each by another gateway, are both left by all', async (t) => {
  const server = testRedis(t)
  const [one, two] = [await startBoard(t, server), await startBoard(t, server)]
  await one.change({ order: aRule({ weightPercent: 5 }), payment: aRule({ weightPercent: 5 }) })
  await until(() => two.rule('payment') !== null, wait('the other to know'))
  await Promise.all([one.rollBack('order', why), two.rollBack('payment', why)])
  for (const board of [one, two]) {
    const both = () => board.rule('order')?.rolledBack && board.rule('payment')?.rolledBack
    await until(() => both() !== undefined, wait('both'))
  }
})

test('a canary is left once: who comes second changes nothing, and without a rule there is none', async (t) => {
  const board = await startBoard(t, testRedis(t))
  await board.rollBack('order', why)
  assert.equal(board.rule('order'), null)
  await board.change({ order: aRule() })
  await board.rollBack('order', why)
  await board.rollBack('order', { ...why, gateway: 'two' })
  assert.equal(board.rule('order')?.rolledBack?.gateway, 'one')
})

test('an operator who sets the split meanwhile is later than a roll-back of what stood before', async (t) => {
  const server = testRedis(t)
  const [one, two] = [await startBoard(t, server), await startBoard(t, server)]
  await one.change({ order: aRule({ weightPercent: 5 }) })
  await until(() => two.rule('order') !== null, wait('the other to know'))
  const fixed = aRule({ weightPercent: 5, release: '0.2.1' })
  await server.redis.hset(KEY, { order: JSON.stringify(fixed), 'order:version': LATER })
  await two.rollBack('order', why)
  for (const board of [one, two]) {
    await until(() => board.rule('order')?.release === '0.2.1', wait('the new rule'))
    assert.equal(board.rule('order')?.rolledBack, undefined)
  }
})

test('a canary is left while Redis is away, too; a Redis that forgot is told of it', async (t) => {
  const server = await ownRedis(t)
  const [one, two] = [await startBoard(t, server), await startBoard(t, server)]
  const order = aRule({ weightPercent: 5 })
  await one.change({ order })
  await until(() => two.rule('order') !== null, wait('the other to know'))

  await server.kill()
  await server.forget()
  await one.rollBack('order', why)
  assert.deepEqual(one.rule('order')?.rolledBack, why)
  assert.equal(await one.change({ order }), undefined)
  assert.deepEqual(two.rule('order'), order) // it can't know

  await server.start()
  await until(() => two.rule('order')?.rolledBack !== undefined, wait('the other to leave it'))
  const late = await startBoard(t, server)
  assert.deepEqual(late.rule('order')?.rolledBack, why)
})

test('what nobody can read in Redis changes nothing', async (t) => {
  const server = testRedis(t)
  const board = await startBoard(t, server)
  const order = aRule({ weightPercent: 5 })
  await board.change({ order })
  for (const bad of ['{', '{"release":""}', '"text"', '{"release":"a","weightPercent":101}']) {
    await server.redis.hset(KEY, { order: bad, 'order:version': LATER })
    assert.deepEqual(await board.read(), { ...noCanary, order }, bad)
  }
  await server.redis.hset(KEY, {
    order: 'null',
    'order:version': LATER,
    later: '{"of":"a later release"}',
    'later:version': 1,
  })
  assert.deepEqual(await board.read(), noCanary)
})
