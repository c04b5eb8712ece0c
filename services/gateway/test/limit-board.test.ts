import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { testRedis } from '@flashsale/test-kit/redis.ts'
import type { Limits } from '../src/domain/limits.ts'
import { push, startConfigPeer } from './config-parts.ts'
import { startBoard, unlimited } from './limit-parts.ts'

const SHARE_BACK_WITHIN_MS = 5_000
const EVERYWHERE_WITHIN_MS = 2_000
const WAIT_MS = 15_000
const NOT_HELD_UP_MS = 500 // less than a command is waited for
const defaults: Limits = { ...unlimited, buyer: { burst: 20, perSecond: 10 } }
const gateway = { burst: 600, perSecond: 300 }

const wait = (what: string, timeoutMs = WAIT_MS) => ({ what, timeoutMs })
const burstOf = (board: { share(): Limits }) => board.share().gateway?.burst

async function startPlace(t: TestContext, server: { url: string; keyPrefix?: string }) {
  const inventory = await startConfigPeer(t)
  const start = (name: string, limits = defaults) =>
    startBoard(t, { server, inventory }, name, limits)
  return { inventory, start }
}

test('three gateways take a third each; when one dies the others have its share back within 5 s', async (t) => {
  const { start } = await startPlace(t, testRedis(t))
  const limited = { ...defaults, gateway }
  const [one, two, three] = [
    await start('one', limited),
    await start('two', limited),
    await start('three', limited),
  ]
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
  const { start } = await startPlace(t, testRedis(t))
  const [one, two] = [await start('one'), await start('two')]
  assert.deepEqual(await two.read(), defaults)

  const setAtMs = performance.now()
  assert.deepEqual(await one.change({ gateway }), { ...defaults, gateway })
  await until(() => burstOf(two) === 300, wait('the other to know'))
  const afterMs = Math.round(performance.now() - setAtMs)
  t.diagnostic(`the other knew after ${afterMs} ms, told by nobody`)

  const buyer = { burst: 3, perSecond: 1 }
  await Promise.all([one.change({ buyer }), two.change({ gateway: null })]) // neither undoes the other
  const expected = { buyer, address: null, gateway: null }
  for (const board of [one, two, await start('three')]) {
    assert.deepEqual(await board.read(), expected)
  }
})

test('a change that Redis tells of is there at once, not only by the next look', async (t) => {
  const server = testRedis(t)
  const { inventory, start } = await startPlace(t, server)
  const [one, two] = [await start('one'), await start('two')]
  const isHeard = async () => {
    await push(one.redis, { version: 1, document: { limits: { gateway } } })
    return burstOf(two) === 300
  }
  await until(isHeard, wait('a share')) // the subscription may be a moment behind
  inventory.goAway() // nobody can look
  for (let burst = 10; burst < 20; burst++) {
    const address = { burst, perSecond: 1 }
    await push(one.redis, { version: burst, document: { limits: { address } } })
    await until(() => two.limits().address?.burst === burst, wait('the other to know'))
  }
})

test('while Redis is away shares stay, limits are changed all the same, and nobody takes the whole when it is back', async (t) => {
  const server = await ownRedis(t)
  const { start } = await startPlace(t, server)
  const [one, two] = [await start('one'), await start('two')]
  await one.change({ gateway })
  await until(() => burstOf(one) === 300 && burstOf(two) === 300, wait('halves'))

  await server.kill()
  await server.forget()
  const address = { burst: 4, perSecond: 5 }
  assert.deepEqual(await one.change({ address }), { ...defaults, gateway, address })
  await until(() => two.limits().address?.burst === 4, wait('the other to know'))
  assert.deepEqual([burstOf(one), burstOf(two)], [300, 300])
  assert.equal(two.share().address?.burst, 2)

  const most = { one: 0, two: 0 }
  one.onShare((share) => {
    most.one = Math.max(most.one, share.gateway?.burst ?? Infinity)
  })
  two.onShare((share) => {
    most.two = Math.max(most.two, share.gateway?.burst ?? Infinity)
  })
  await server.start()
  const three = await start('three')
  await until(() => [one, two, three].every((board) => burstOf(board) === 200), wait('thirds'))
  assert.ok(most.one <= 300 && most.two <= 300, JSON.stringify(most)) // nobody took the whole
})

test('while inventory is away limits stay, and a change is refused', async (t) => {
  const { inventory, start } = await startPlace(t, testRedis(t))
  const one = await start('one')
  await one.change({ gateway })
  inventory.goAway()
  assert.equal(await one.change({ gateway: null }), undefined)
  assert.deepEqual(await one.read(), { ...defaults, gateway })
  inventory.goAway(false)
  assert.deepEqual(await one.change({ gateway: null }), { ...defaults, gateway: null })
})

test('what nobody can read changes nothing', async (t) => {
  const { inventory, start } = await startPlace(t, testRedis(t))
  const board = await start('one')
  await board.change({ gateway })
  const bad = [{ burst: 0, perSecond: 1 }, 'text', { burst: 1 }, null, 5]
  for (const [i, limit] of bad.entries()) {
    inventory.tell({ version: 10 + i, document: { limits: { gateway: limit } } })
    assert.deepEqual(await board.read(), { ...defaults, gateway }, JSON.stringify(limit))
  }
  const later = { of: 'a later release' }
  inventory.tell({ version: 20, document: { limits: { gateway: 'unlimited', later }, later } })
  assert.deepEqual(await board.read(), defaults)
})

test('a Redis that is frozen holds nobody up who reads or changes the limits', async (t) => {
  const server = await ownRedis(t)
  const { start } = await startPlace(t, server)
  const board = await start('one')
  server.freeze()
  const longest = { ms: 0 }
  for (let i = 0; i < 10; i++) {
    const fromMs = performance.now()
    await board.read()
    const changed = await board.change({ address: { burst: 1 + i, perSecond: 1 } })
    assert.equal(changed?.address?.burst, 1 + i)
    longest.ms = Math.max(longest.ms, performance.now() - fromMs)
  }
  assert.ok(longest.ms < NOT_HELD_UP_MS, `${longest.ms} ms`)
  server.thaw()
})
