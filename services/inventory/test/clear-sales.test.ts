import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { startSaleClearer } from '../src/jobs/clear-sales.ts'
import { recordHolds } from '../src/ledger/record-holds.ts'
import { createSale } from '../src/stock/change-sale.ts'
import { quiet, salePlan, testSale } from './sale.ts'

test('a sale leaves Redis a day after it was settled, and no other does', {
  timeout: 30_000,
}, async (t) => {
  const sale = await testSale(t, { stock: 1 })
  const entry = await sale.hold({ key: 'k' })
  await recordHolds(sale.db, sale.at, [entry])
  const others = await Promise.all([1, 2].map(() => createSale(sale.deps, salePlan())))
  const [recent, open] = others.map((made) => (made.kind === 'created' ? made.id : ''))
  const settle = (id: string, hours: number) =>
    sale.db.query(
      `update sales set phase = 'closed', settled_at = now() - make_interval(hours => $2) where id = $1`,
      [id, hours],
    )
  await settle(sale.saleId, 26)
  await settle(recent ?? '', 23)
  const keysOf = (id: string | undefined) => sale.redis.keys(`${sale.keyPrefix}sale:{${id}*`)
  assert.ok((await keysOf(sale.saleId)).length >= 5)
  const before = await Promise.all([recent, open].map(keysOf))
  assert.ok(before.every((keys) => keys.length > 0))

  t.after(startSaleClearer({ ...sale, log: quiet }).stop)
  const left = async () => {
    const { rows } = await sale.db.query('select id from sales where left_redis_at is not null')
    return rows.length > 0
  }
  await until(left, { timeoutMs: 15_000, what: 'a sale to leave Redis' })
  assert.deepEqual(await keysOf(sale.saleId), [])
  assert.deepEqual(await Promise.all([recent, open].map(keysOf)), before)
  assert.equal((await sale.inLedger()).units.length, 1, 'its rows stay')
})
