import assert from 'node:assert/strict'
import { test } from 'node:test'
import { releaseHolds } from '../src/db/returns.ts'
import { adoptRestarted } from '../src/ledger/adopt-restarted.ts'
import { recordHolds } from '../src/ledger/record-holds.ts'
import { acknowledge } from '../src/redis/acknowledge.ts'
import { saleKeys } from '../src/redis/sale-keys.ts'
import { quiet, type TestSale, testSale } from './sale.ts'

/** Two holds on record, one of them ended and not yet returned, one still in the stream. */
async function soldSale(sale: TestSale) {
  const ended = await sale.hold({ buyer: 'A', key: 'a' })
  const held = await sale.hold({ buyer: 'B', key: 'b' })
  await recordHolds(sale.db, sale.at, [ended, held])
  await acknowledge(sale.redis, sale.at, [ended.id, held.id])
  await sale.db.tx((tx) => releaseHolds(tx, [ended.orderId]))
  await sale.hold({ buyer: 'C', key: 'c' })
  await sale.redis.hset(saleKeys(sale.at).sale, 'run_id', 'the-server-before')
  assert.deepEqual(await sale.reserve([sale.attempt()]), [{ kind: 'unavailable' }])
  return { ended, held }
}

const adopted = async (sale: TestSale) => {
  await adoptRestarted({ ...sale, log: quiet }, sale.sale())
  return (await sale.inRedis()).remembers
}

test('a restarted Redis that lost nothing goes on, and old keys are still known', async (t) => {
  const sale = await testSale(t)
  const { held } = await soldSale(sale)
  assert.equal(await adopted(sale), true)
  const results = await sale.reserve([sale.attempt({ buyer: 'B', key: 'b' }), sale.attempt()])
  assert.deepEqual(results[0], { kind: 'repeated', orderId: held.orderId })
  assert.equal(results[1]?.kind, 'held')
})

test('with the adoption, attempts whose time had passed before it are barred', async (t) => {
  const sale = await testSale(t)
  await soldSale(sale)
  const before = Date.now()
  await adopted(sale)
  assert.ok(Number(await sale.redis.hget(saleKeys(sale.at).sale, 'floor')) >= before)
})

type Loss = (sale: TestSale, held: { orderId: string }) => Promise<unknown>
const losses: Record<string, Loss> = {
  'an owner': ({ redis, at }) => redis.hdel(saleKeys(at).units, '2'),
  'a slot': ({ redis, at }) => redis.hdel(saleKeys(at).slots, 'B:1'),
  'a key': ({ redis, at }) => redis.hdel(saleKeys(at).keys, '1:B:b'),
  'an order': ({ redis, at }, { orderId }) => redis.hdel(saleKeys(at).orders, orderId),
  'the counter': ({ redis, at }) => redis.hset(saleKeys(at).sale, 'last', 1),
  'the taking of a unit': ({ redis, at }) => redis.rpush(saleKeys(at).free, 2),
  'a stream entry': ({ redis, at }) => redis.del(saleKeys(at).stream),
  everything: ({ redis, at }) => redis.del(...Object.values(saleKeys(at))),
  'a return that was done': async ({ db }) => db.query('update returns set done_at = now()'),
}
for (const [what, lose] of Object.entries(losses)) {
  test(`a restarted Redis that lost ${what} stays closed to buyers`, async (t) => {
    const sale = await testSale(t)
    const { held } = await soldSale(sale)
    await lose(sale, held)
    assert.equal(await adopted(sale), false)
    assert.deepEqual(await sale.reserve([sale.attempt()]), [{ kind: 'unavailable' }])
  })
}
