import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import type { NewSale } from '@flashsale/contracts/http/inventory.ts'
import { createApp } from '@flashsale/service-kit/app.ts'
import { barHolds, releaseHolds } from '../src/db/returns.ts'
import { listBuyers } from '../src/http/list-buyers.ts'
import { recordEntries } from '../src/ledger/record-entries.ts'
import { readStream } from '../src/redis/stock-stream.ts'
import { createSale } from '../src/stock/change-sale.ts'
import { forget, record } from './rebuilding.ts'
import { quiet, salePlan, testSale } from './sale.ts'

async function testBuyers(t: TestContext, plan: Partial<NewSale>) {
  const sale = await testSale(t, plan)
  const app = createApp({ name: 'buyers', logLevel: 'silent' })
  app.register(listBuyers, sale)
  const page = async (query: string, saleId: string = sale.saleId) => {
    const answer = await app.inject(`/sales/${saleId}/buyers?${query}`)
    return { status: answer.statusCode, ...answer.json() }
  }
  /** Runs `between` after each page. */
  const all = async (between = async () => {}) => {
    const buyers: string[] = []
    let pages = 0
    for (let after = 'stream:'; after; pages++) {
      const one = await page(`epoch=1&after=${after}`)
      assert.equal(one.status, 200)
      buyers.push(...one.buyers)
      after = one.next
      await between()
    }
    return { buyers: new Set(buyers), pages }
  }
  return { ...sale, page, all }
}

test('a buyer is named whatever became of the order, and wherever it stands', async (t) => {
  const { all, ...sale } = await testBuyers(t, { stock: 10, perBuyerLimit: 2 })
  const ann = await sale.hold({ buyer: 'ann' })
  await sale.hold({ buyer: 'bob' })
  await record(sale)
  await sale.db.tx((tx) => releaseHolds(tx, [ann.orderId]))
  const early = await sale.hold({ buyer: 'cid' }) // cancelled before its hold was seen
  await sale.db.tx((tx) => barHolds(tx, [{ orderId: early.orderId, saleId: sale.saleId }]))
  await record(sale)
  await sale.hold({ buyer: 'dan' })
  await sale.hold({ buyer: 'dan' })
  const { buyers } = await all()
  assert.deepEqual(buyers, new Set(['ann', 'bob', 'cid', 'dan']))
})

test('no buyer is missed on the way from the stream to the ledger, over many pages', async (t) => {
  const { all, ...sale } = await testBuyers(t, { stock: 5_000 })
  const expected = new Set<string>()
  for (let i = 0; i < 17; i++) {
    const attempts = Array.from({ length: 250 }, () => sale.attempt())
    for (const { buyerId } of attempts) expected.add(buyerId)
    await sale.reserve(attempts)
  }
  let moved = false
  const { buyers, pages } = await all(async () => {
    if (!moved) await record(sale) // behind the first page all of it moves on
    moved = true
  })
  assert.deepEqual(buyers, expected)
  assert.ok(pages > 3, `${pages} pages`)
})

test('buyers of another sale are not named', async (t) => {
  const { all, ...sale } = await testBuyers(t, { stock: 2 })
  const other = await createSale(sale.deps, salePlan())
  assert.ok(other.kind === 'created')
  const elsewhere = { saleId: other.id, segment: 0, epoch: 1 }
  await sale.reserve([{ ...sale.attempt({ buyer: 'eve' }), saleId: other.id }])
  const ofOther = await readStream(sale.redis, elsewhere, { after: undefined, count: 2 })
  assert.equal(ofOther.length, 1)
  await recordEntries({ ...sale, log: quiet }, elsewhere, ofOther)
  await sale.hold({ buyer: 'ann' })
  await record(sale)
  await sale.hold({ buyer: 'bob' })
  await record(sale)
  assert.deepEqual((await all()).buyers, new Set(['ann', 'bob']))
})

test('at another epoch, or in a Redis that forgot, it can’t be said; what can’t be asked is refused', async (t) => {
  const { page, ...sale } = await testBuyers(t, { stock: 2 })
  await sale.hold()
  assert.equal((await page('epoch=2')).status, 503)
  assert.equal((await page('epoch=1')).status, 200)
  assert.equal((await page('epoch=1', randomUUID())).status, 404)
  for (const bad of ['epoch=0', '', 'epoch=1&after=x', 'epoch=1&after=stream:x']) {
    assert.equal((await page(bad)).status, 400, bad)
  }
  await forget(sale)
  assert.equal((await page('epoch=1')).status, 503)
})
