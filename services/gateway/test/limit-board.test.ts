import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { testRedis } from '@flashsale/test-kit/redis.ts'
import type { Limits } from '../src/domain/limits.ts'
import { startBoard, unlimited } from './limit-parts.ts'

const SHARE_BACK_WITHIN_MS = 5_000
const EVERYWHERE_WITHIN_MS = 2_000
const WAIT_MS = 15_000
const NOT_HELD_UP_MS = 500 // less than a command is waited for
const LATER = 10 ** 15 // than any change of today
const defaults: Limits = { ...unlimited, buyer: { burst: 20, perSecond: 10 } }
const gateway = { burst: 600, perSecond: 300 }

const wait = (what: string, timeoutMs = WAIT_MS) => ({ what, timeoutMs })
const burstOf = (board: { share(): Limits }) => board.share().gateway?.burst

test('three gateways take a third each; when one dies the others have its share back within 5 s', async (t) => {
  const server = testRedis(t)
  const limited = { ...defaults, gateway }
  const start = (name: string) => startBoard(t, server, name, limited)
  const [one, two, three] = [await start('one'), await start('two'), await start('three')]
  const all = [one, two, three]
  await until(() => all.every((board) => burstOf(board) === 200), wait('thirds'))
  assert.deepEqual(one.share().buyer, { burst: 20 / 3, perSecond: 10 / 3 })

  await three.die()
  const diedAtMs = performance.now()
  await until(() => [one, two].every((board) => burstOf(board) === 300), wait('halves'))
  const backAfterMs = performance.now() - diedAtMs
  t.diagnostic(`its share was back after ${Math.round(backAfterMs)} ms`)
  assert.ok(backAfterMs <= SHARE_BACK_WITHIN_MS, `${backAfterMs} ms`)

  await two.stop() // one that ends in order says so
  const leftAtMs = performance.now()
  await until(() => burstOf(one) === 600, wait('the whole'))
  assert.ok(performance.now() - leftAtMs <= EVERYWHERE_WITHIN_MS)
})

test('what an operator sets at one gateway holds at all of them, and at one that starts later', async (t) => {
  const server = testRedis(t)
  const start = (name: string) => startBoard(t, server, name, defaults)
  const [one, two] = [await start('one'), await start('two')]
  assert.deepEqual(await two.read(), defaults)

  const setAtMs = performance.now()
  assert.deepEqual(await one.change({ gateway }), { ...defaults, gateway })
  await until(() => burstOf(two) === 300, wait('the other to know'))
  assert.ok(performance.now() - setAtMs <= EVERYWHERE_WITHIN_MS)

  const buyer = { burst: 3, perSecond: 1 }
  await Promise.all([one.change({ buyer }), two.change({ gateway: null })]) // neither undoes the other
  const expected = { buyer, address: null, gateway: null }
  for (const board of [one, two, await start('three')]) {
    assert.deepEqual(await board.read(), expected)
  }
})

test('a change is told at once, not only by the next beat', async (t) => {
  const server = testRedis(t)
  const start = (name: string) => startBoard(t, server, name, defaults)
  const [one, two] = [await start('one'), await start('two')]
  const fromMs = performance.now()
  for (let burst = 10; burst < 20; burst++) {
    await one.change({ address: { burst, perSecond: 1 } })
    await until(() => two.limits().address?.burst === burst, wait('the other to know'))
  }
  assert.ok(performance.now() - fromMs < 2_500) // ten beats take five seconds
})

test('a lost message is made good by the next beat', async (t) => {
  const server = testRedis(t)
  const board = await startBoard(t, server, 'one', defaults)
  const setAtMs = performance.now()
  await server.redis.hset('gateways:{limits}:stored', {
    version: LATER,
    gateway: JSON.stringify(gateway),
  })
  await until(() => burstOf(board) === 600, wait('the limit'))
  assert.ok(performance.now() - setAtMs <= EVERYWHERE_WITHIN_MS)
})

test('while Redis is away limits and shares stay, and a change is refused; a Redis that forgot is told', async (t) => {
  const server = await ownRedis(t)
  const start = (name: string) => startBoard(t, server, name, defaults)
  const [one, two] = [await start('one'), await start('two')]
  await one.change({ gateway })
  await until(() => burstOf(one) === 300 && burstOf(two) === 300, wait('halves'))

  await server.kill()
  await server.forget()
  assert.equal(await one.change({ gateway: null }), undefined)
  assert.deepEqual(await one.read(), { ...defaults, gateway })
  assert.equal(burstOf(two), 300)

  const most = { one: 0, two: 0 }
  one.onShare((share) => {
    most.one = Math.max(most.one, share.gateway?.burst ?? Infinity)
  })
  two.onShare((share) => {
    most.two = Math.max(most.two, share.gateway?.burst ?? Infinity)
  })
  await server.start()
  const address = { burst: 5, perSecond: 5 }
  await until(async () => (await one.change({ address })) !== undefined, wait('a change'))
  for (const board of [one, two]) {
    await until(() => board.limits().address?.burst === 5, wait('it to be known'))
    assert.deepEqual(board.limits(), { ...defaults, gateway, address }) // version 1 was not forgotten
  }
  assert.ok(most.one <= 300 && most.two <= 300, JSON.stringify(most)) // nobody took the whole
  assert.deepEqual(await (await start('three')).read(), { ...defaults, gateway, address })
})

test('a change is later than any before it, also than one that Redis forgot', async (t) => {
  const server = testRedis(t)
  const { store } = await startBoard(t, server, 'one', defaults)
  const first = await store.change({ gateway })
  const second = await store.change({ gateway: null })
  await server.redis.del('gateways:{limits}:stored')
  await until(() => Date.now() > second.version, wait('the next millisecond'))
  const third = await store.change({ address: null })
  assert.ok(first.version < second.version && second.version < third.version)
})

test('what nobody can read in Redis changes nothing', async (t) => {
  const server = testRedis(t)
  const board = await startBoard(t, server, 'one', defaults)
  await board.change({ gateway })
  const key = 'gateways:{limits}:stored'
  for (const bad of ['{', '{"burst":0,"perSecond":1}', '"text"', '{"burst":1}']) {
    await server.redis.hset(key, { version: LATER, gateway: bad })
    assert.deepEqual(await board.read(), { ...defaults, gateway }, bad)
  }
  await server.redis.hset(key, {
    version: LATER,
    gateway: 'null',
    later: '{"of":"a later release"}',
  })
  assert.deepEqual(await board.read(), defaults)
})

test('a Redis that is frozen holds nobody up who reads or changes the limits', async (t) => {
  const server = await ownRedis(t)
  const board = await startBoard(t, server, 'one', defaults)
  server.freeze()
  await board.read() // finds it out
  const longest = { ms: 0 }
  for (let i = 0; i < 10; i++) {
    const fromMs = performance.now()
    assert.deepEqual(await board.read(), defaults)
    assert.equal(await board.change({ gateway }), undefined)
    longest.ms = Math.max(longest.ms, performance.now() - fromMs)
  }
  assert.ok(longest.ms < NOT_HELD_UP_MS, `${longest.ms} ms`)
  server.thaw()
  await until(async () => (await board.change({ gateway })) !== undefined, wait('a change'))
})
