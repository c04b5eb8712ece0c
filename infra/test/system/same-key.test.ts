import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import { type System, startSystem } from '@flashsale/test-kit/system.ts'
import { buyPatiently, countBy } from './buyer.ts'
import { openSale, outcome } from './sale.ts'
import { connectSql, liveUnits, type Sql } from './sql.ts'

const AT_ONCE = 50
const manyRequests = { gateway: { BUYER_BURST: '1000', BUYER_PER_SECOND: '1000' } }
type World = { system: System; ledger: Sql }

const claims: Record<string, (world: World) => Promise<void>> = {
  'the same key from 50 connections at once gives one order': oneKeyOneOrder,
  'a key used with another body is 422, and another buyer’s own': keyBelongsToItsBuyer,
  'different keys at once from one buyer never pass the limit (P3)': limitHolds,
  'a winner who asks again after sold out, and after the end, gets his 202 again': winnerAgain,
}

test('keys and limits hold over retries and parallel requests', async (t) => {
  const system = await startSystem(t, { env: manyRequests })
  const ledger = await connectSql(t, system.dbUrls.inventory)
  for (const [claim, holds] of Object.entries(claims)) {
    await t.test(claim, () => holds({ system, ledger }))
  }
})

async function oneKeyOneOrder({ system, ledger }: World) {
  const sale = await openSale(system, { perBuyerLimit: 2 })
  const wish = { key: 'tap', quantity: 2 }
  const devices = Array.from({ length: AT_ONCE }, () => buyPatiently(sale, 'ann', wish))
  const answers = await Promise.all(devices)

  assert.deepEqual(
    countBy(answers, ({ said }) => said),
    { accepted: AT_ONCE },
  )
  assert.equal(new Set(answers.map(({ orderId }) => orderId)).size, 1)
  const first = answers.filter(({ replayed }) => !replayed)
  assert.ok(first.length <= 1, `${first.length} answers are not marked as replayed`)
  await sale.settled()
  assert.equal((await liveUnits(ledger, sale.id)).length, 2)
}

async function keyBelongsToItsBuyer({ system }: World) {
  const sale = await openSale(system, { perBuyerLimit: 2 })
  const { orderId } = await sale.hold('ann', { key: 'k', quantity: 1 })
  const other = await sale.buy('ann', { key: 'k', quantity: 2 })
  assert.equal(outcome(other), '422 idempotency-mismatch')
  const again = await sale.buy('ann', { key: 'k', quantity: 1 })
  assert.deepEqual(again.body, { orderId, status: 'accepted' })
  assert.equal(again.headers['idempotency-replayed'], 'true')
  assert.notEqual((await sale.hold('bob', { key: 'k' })).orderId, orderId)
}

async function limitHolds({ system, ledger }: World) {
  const sale = await openSale(system, { perBuyerLimit: 3 })
  const answers = await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, i) => {
      const quantity = 1 + (i % 2)
      return { ...(await buyPatiently(sale, 'ann', { key: `k-${i}`, quantity })), quantity }
    }),
  )
  const accepted = answers.filter(({ said }) => said === 'accepted')
  const refused = answers.filter(({ said }) => said === 'limit-reached')
  assert.equal(accepted.length + refused.length, AT_ONCE)
  const units = accepted.reduce((sum, { quantity }) => sum + quantity, 0)
  assert.equal(units, 3)

  const { body } = await sale.buy('ann')
  const own = accepted.map(({ orderId }) => orderId)
  assert.deepEqual(new Set<string>(body.orderIds), new Set(own))
  await sale.settled()
  assert.equal((await liveUnits(ledger, sale.id)).length, 3)
}

async function winnerAgain({ system }: World) {
  const sale = await openSale(system, { stock: 1 })
  const { orderId } = await sale.hold('ann', { key: 'a' })
  const state = async () => (await request(`${system.url}/v1/sales/${sale.id}`)).body.state
  const soldOut = async () => (await state()) === 'sold-out'
  await until(soldOut, { timeoutMs: 5_000, what: 'the sale to be sold out' })

  for (const no of ['409 sold-out', '409 sale-not-open']) {
    const again = await sale.buy('ann', { key: 'a' })
    assert.deepEqual([again.status, again.body.orderId], [202, orderId], no)
    assert.equal(again.headers['idempotency-replayed'], 'true')
    assert.equal(outcome(await sale.buy('bob', { key: 'b' })), no)
    assert.equal(outcome(await sale.buy('bob')), no)
    await sale.operate('close')
  }
}
