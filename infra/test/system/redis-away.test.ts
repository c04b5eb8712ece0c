import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { sleep } from '@flashsale/service-kit/wait.ts'
import { ownRedis } from '@flashsale/test-kit/own-redis.ts'
import { startSystem } from '@flashsale/test-kit/system.ts'
import { watchMemory } from './memory.ts'
import { assertToldTruth, learnTruth } from './rush.ts'
import { openSale, outcome } from './sale.ts'
import { connectSql } from './sql.ts'
import { assertNobodyHung, startTrickle, words } from './trickle.ts'

const HEALS_WITHIN_MS = 20_000
const FOUND_OUT_WITHIN_MS = 1_000 // by inventory in 150 ms, by a gateway at its next look or refusal

async function startScene(t: TestContext) {
  const redis = await ownRedis(t)
  const env = { REDIS_URL: redis.url }
  const system = await startSystem(t, { env: { inventory: env, gateway: env } })
  const ledger = await connectSql(t, system.dbUrls.inventory)
  const sale = await openSale(system, { stock: 10_000 })
  const memory = watchMemory(t, system)
  const buyers = startTrickle(t, sale)
  await buyers.told('202 accepted', 50)

  /** The sale goes on by itself, and the books show that nobody was told a lie. */
  const heals = async () => {
    await buyers.told('202 accepted', 20, HEALS_WITHIN_MS)
    const attempts = await buyers.stop()
    t.diagnostic(JSON.stringify(words(attempts)))
    memory.assertBounded()
    assertNobodyHung(attempts)
    assert.deepEqual(
      Object.keys(words(attempts)).filter((said) => !EXPECTED.includes(said)),
      [],
    )
    const receipts = await learnTruth(sale, attempts)
    await sale.settled()
    await assertToldTruth(ledger, sale, receipts)
  }
  return { redis, buyers, heals }
}
const EXPECTED = ['202 accepted', '202 unconfirmed', '503 try-later']

test('Redis killed and held down: buyers are told 503 at once, nothing grows, and the sale goes on by itself', async (t) => {
  const { redis, buyers, heals } = await startScene(t)
  await redis.kill()
  await buyers.told('503 try-later', 5)
  await buyers.toldOnly('503 try-later', 300)
  await redis.start()
  await heals()
})

test('Redis frozen: what it was given is unconfirmed, the rest is told 503 at once, and the sale goes on by itself', async (t) => {
  const { redis, buyers, heals } = await startScene(t)
  redis.freeze()
  await sleep(FOUND_OUT_WITHIN_MS) // whoever comes after that is not given to it
  await buyers.toldOnly('503 try-later', 600) // longer than its connection is thought to live
  redis.thaw()
  await heals()
})

test('a gateway that never reaches Redis starts, sells, and knows a key again: inventory tells it all', async (t) => {
  const system = await startSystem(t, { env: { gateway: { REDIS_URL: 'redis://127.0.0.1:1' } } })
  const sale = await openSale(system, { stock: 1 })
  const { orderId } = await sale.hold('ann', { key: 'a' })
  await sale.shows('sold-out')
  const again = await sale.buy('ann', { key: 'a' })
  assert.deepEqual([again.status, again.body.orderId], [202, orderId])
  assert.equal(outcome(await sale.buy('bob', { key: 'b' })), '409 sold-out')
  assert.equal(outcome(await sale.buy('bob')), '409 sold-out')
})
