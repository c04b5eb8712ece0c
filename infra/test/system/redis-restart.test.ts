import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { startSystem } from '@flashsale/test-kit/system.ts'
import { buyPatiently } from './buyer.ts'
import { openSale, outcome } from './sale.ts'
import { connectSql, holdFence, liveUnits } from './sql.ts'

test('Redis killed and back with its whole memory: the sale goes on, and old keys are known', async (t) => {
  const redis = await ownRedis(t)
  const env = { REDIS_URL: redis.url }
  const system = await startSystem(t, { env: { inventory: env, gateway: env } })
  const ledger = await connectSql(t, system.dbUrls.inventory)
  const sale = await openSale(system, { stock: 10, perBuyerLimit: 2 })
  const [ann, bob, cid] = await Promise.all([
    sale.hold('ann', { key: 'a', quantity: 2 }),
    sale.hold('bob'),
    sale.hold('cid'),
  ])
  await sale.payAtBank(await sale.openCheckout(bob))
  await sale.cancelPatiently(cid)
  await sale.ends([bob, cid])
  await sale.settled()

  const release = await holdFence(ledger)
  const dan = await sale.hold('dan', { key: 'd' }) // only the stream knows of it
  await redis.kill()
  await until(async () => outcome(await sale.buy('eve')) === '503 try-later', {
    timeoutMs: 5_000,
    what: 'a refusal while Redis is away',
  })
  await release()
  await redis.start()

  assert.equal((await buyPatiently(sale, 'eve', { key: 'e' })).said, 'accepted')
  for (const { user, orderId } of [ann, dan]) {
    const key = user.slice(0, 1)
    const again = await buyPatiently(sale, user, { key, quantity: user === 'ann' ? 2 : 1 })
    assert.deepEqual([again.orderId, again.replayed], [orderId, true])
  }
  await sale.becomes(dan, 'pending-payment')
  const { held, sold, available } = await sale.settled()
  assert.deepEqual([held, sold, available], [4, 1, 5])
})

test('Redis back without its last moments, or without any memory: what is on record stays sold', async (t) => {
  const redis = await ownRedis(t)
  const env = { REDIS_URL: redis.url }
  const system = await startSystem(t, { env: { inventory: env, gateway: env } })
  const ledger = await connectSql(t, system.dbUrls.inventory)
  const sale = await openSale(system, { stock: 4 })
  const ann = await sale.hold('ann', { key: 'a' })
  await redis.remember()
  const bob = await sale.hold('bob', { key: 'b' })
  await Promise.all([ann, bob].map((one) => sale.becomes(one, 'pending-payment')))
  await sale.settled()

  for (const [lose, buyer] of [
    [redis.loseTail, 'cid'],
    [redis.forget, 'dan'],
  ] as const) {
    await redis.kill()
    await lose()
    await redis.start()
    const again = await buyPatiently(sale, 'bob', { key: 'b' })
    assert.deepEqual([again.orderId, again.replayed], [bob.orderId, true]) // R8
    const more = await buyPatiently(sale, 'ann', { key: 'another' })
    assert.equal(more.said, 'limit-reached') // P3
    assert.equal((await buyPatiently(sale, buyer, {})).said, 'accepted')
    await sale.settled()
  }
  assert.equal((await buyPatiently(sale, 'eve', {})).said, 'sold-out')
  assert.equal((await liveUnits(ledger, sale.id)).length, 4)
  await sale.payAtBank(await sale.openCheckout(ann))
  await sale.becomes(ann, 'paid')
})

test('a hold that Redis lost before the ledger had it: its buyer is told, and its unit sells again', async (t) => {
  const redis = await ownRedis(t)
  const env = { REDIS_URL: redis.url }
  const system = await startSystem(t, { env: { inventory: env, gateway: env } })
  const ledger = await connectSql(t, system.dbUrls.inventory)
  const sale = await openSale(system, { stock: 1 })
  await redis.remember()
  const release = await holdFence(ledger)
  const ann = await sale.hold('ann', { key: 'a' }) // a 202, and only Redis knows
  await redis.kill()
  await redis.loseTail()
  await system.kill('inventory') // what it has in memory of the hold is gone too
  await release()
  await redis.start()
  await system.start('inventory')

  const end = await sale.becomes(ann, 'cancelled')
  assert.equal(end.reason, 'not-recorded')
  assert.equal((await buyPatiently(sale, 'bob', {})).said, 'accepted')
  const again = await buyPatiently(sale, 'ann', { key: 'a' })
  assert.equal(again.said, 'sold-out') // her key died with the hold
  const { held, drift } = await sale.settled()
  assert.deepEqual([held, drift], [1, 0])
})
