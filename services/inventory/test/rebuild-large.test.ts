import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Db } from '@flashsale/service-kit/db.ts'
import { stageSegment } from '../src/rebuild/stage-segment.ts'
import { saleKeys } from '../src/redis/sale-keys.ts'
import { assertNoDrift, forget, rebuild } from './rebuilding.ts'
import { type TestSale, testSale } from './sale.ts'

const HOLDS = 25_000 // more than is read at once

/** Straight into the ledger: every second unit, each with a key. */
const fill = (sale: TestSale) =>
  sale.db.query(
    `with h as (
       insert into holds (order_id, sale_id, segment, buyer_id, key, fingerprint, units, epoch, state, held_at)
       select gen_random_uuid(), $1, 0, 'buyer-' || n, 'key-' || n, 'f', array[2 * n], 1, 'held', now()
       from generate_series(1, $2::int) n returning order_id, sale_id, units[1] as unit, buyer_id)
     insert into hold_units (order_id, line, sale_id, segment, unit, buyer_id, slot)
     select order_id, 1, sale_id, 0, unit, buyer_id, 1 from h`,
    [sale.saleId, HOLDS],
  )

test('a sale of more rows than are read at once is restored whole', async (t) => {
  const sale = await testSale(t, { stock: 3 * HOLDS })
  await fill(sale)
  await forget(sale)
  assert.deepEqual(await rebuild(sale), { kind: 'rebuilt', epoch: 2 })
  const { owners, slots, keys, orders, free, last } = await sale.inRedis()
  const sizes = [owners, slots, keys, orders].map(({ size }) => size)
  assert.deepEqual(sizes, [HOLDS, HOLDS, HOLDS, HOLDS])
  assert.deepEqual(
    free,
    Array.from({ length: HOLDS }, (_, i) => 2 * i + 1),
  )
  assert.equal(last, 2 * HOLDS)
  await assertNoDrift(sale)
})

test('a snapshot that has to be read again tells no free unit twice', async (t) => {
  const sale = await testSale(t, { stock: 3 * HOLDS })
  await fill(sale)
  const db: Db = {
    ...sale.db,
    async tx(work, options) {
      await sale.db.tx(work, options) // as if its end were a serialization failure
      return await sale.db.tx(work, options)
    },
  }
  const at = { ...sale.at, epoch: 2 }
  const { units, orders, free } = await stageSegment(db, sale.redis, at)
  assert.deepEqual([units, orders, free], [HOLDS, HOLDS, HOLDS])
  assert.equal(await sale.redis.llen(saleKeys(at).free), HOLDS)
})
