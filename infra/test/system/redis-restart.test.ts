import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { type System, startSystem } from '@flashsale/test-kit/system.ts'
import { buyPatiently } from './buyer.ts'
import { ownRedis } from './own-redis.ts'
import { openSale, outcome, type Sale } from './sale.ts'
import { connectSql, holdFence, liveUnits } from './sql.ts'

test('Redis killed and back with its whole memory: the sale goes on, and old keys are known', async (t) => {
  const redis = await ownRedis(t)
  const system = await startSystem(t, { env: { inventory: { REDIS_URL: redis.url } } })
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

test('Redis back without its memory, or its last moments, sells nothing, and the audit says why', async (t) => {
  const redis = await ownRedis(t)
  const system = await startSystem(t, { env: { inventory: { REDIS_URL: redis.url } } })
  const ledger = await connectSql(t, system.dbUrls.inventory)
  const sale = await openSale(system, { stock: 3 })
  const ann = await sale.hold('ann', { key: 'a' })
  await redis.remember()
  const bob = await sale.hold('bob', { key: 'b' })
  await Promise.all([ann, bob].map((one) => sale.becomes(one, 'pending-payment')))
  await sale.settled()

  for (const lose of [redis.loseTail, redis.forget]) {
    await redis.kill()
    await lose()
    await redis.start()
    await refuses(sale)
    const before = comparisons(system)
    const twiceMore = () => comparisons(system) >= before + 2
    await until(twiceMore, { timeoutMs: 20_000, what: 'two more comparisons with the ledger' })
    await refuses(sale) // it stays so
    assert.equal((await liveUnits(ledger, sale.id)).length, 2)
    const books = await sale.audit()
    assert.equal(books.exact, false)
    assert.ok(books.faults.some(({ name }) => name === 'redis-forgot'))
  }
  // What the ledger knows goes on: ann can pay.
  await sale.payAtBank(await sale.openCheckout(ann))
  await sale.becomes(ann, 'paid')
})

/** With and without a key; nothing may be promised by a Redis that forgot. */
async function refuses(sale: Sale) {
  for (const key of [undefined, 'a', 'new']) {
    const said = async () => outcome(await sale.buy('cid', { key }))
    const what = 'a refusal'
    await until(async () => (await said()) === '503 try-later', { timeoutMs: 5_000, what })
  }
}

const comparisons = (system: System) =>
  system.logs('inventory').filter((line) => line.includes('Redis lost what the ledger knows'))
    .length
