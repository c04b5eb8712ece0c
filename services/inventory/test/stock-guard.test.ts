import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acknowledge } from '../src/redis/acknowledge.ts'
import { install } from '../src/redis/install.ts'
import { lookUp } from '../src/redis/look-up.ts'
import { readFacts } from '../src/redis/read-facts.ts'
import { reserve } from '../src/redis/reserve.ts'
import { restock } from '../src/redis/restock.ts'
import { returnUnits } from '../src/redis/return-units.ts'
import { saleKeys } from '../src/redis/sale-keys.ts'
import { setPhase } from '../src/redis/set-phase.ts'
import { withdrawUnits } from '../src/redis/withdraw-units.ts'
import { type TestSale, testSale } from './sale.ts'

const operation = '00000000-0000-4000-8000-000000000001'

function everyScript(sale: TestSale, entry: Awaited<ReturnType<TestSale['hold']>>) {
  const { redis, at, attempt } = sale
  return {
    reserve: () => reserve(redis, at, [attempt()]),
    return: () => returnUnits(redis, { ...at, ...entry }),
    'look-up': () => lookUp(redis, at, attempt({ deadlineMs: 1 }).orderId),
    restock: () => restock(redis, at, 100, 9),
    withdraw: () => withdrawUnits(redis, { ...at, operation, units: 1, mode: 'some' }),
    phase: () => setPhase(redis, at, 'closed', 9),
    facts: () => readFacts(redis, at),
    acknowledge: () => acknowledge(redis, at, [entry.id]),
  }
}

for (const [what, forget] of Object.entries({
  'another run id': (sale: TestSale) =>
    sale.redis.hset(saleKeys(sale.at).sale, 'run_id', 'the-server-before'),
  'no sale at all': (sale: TestSale) => sale.redis.del(saleKeys(sale.at).sale),
})) {
  test(`R1: with ${what} every stock script refuses by itself and changes nothing`, async (t) => {
    const sale = await testSale(t)
    const entry = await sale.hold()
    await forget(sale)
    const before = await sale.inRedis()
    for (const [name, script] of Object.entries(everyScript(sale, entry))) {
      assert.equal((await script()).kind, 'forgot', name)
    }
    assert.deepEqual(await sale.inRedis(), before)
    assert.deepEqual(await sale.reserve([sale.attempt()]), [{ kind: 'unavailable' }])
    assert.ok(sale.register.isForgotten(sale.saleId))
  })
}

test('every stock script that names an epoch refuses the keys of another one', async (t) => {
  const sale = await testSale(t)
  const entry = await sale.hold()
  await sale.redis.hset(saleKeys(sale.at).sale, 'epoch', 2)
  const { acknowledge: _harmless, ...scripts } = everyScript(sale, entry)
  for (const [name, script] of Object.entries(scripts)) {
    assert.equal((await script()).kind, 'old-epoch', name)
  }
})

test('an install goes up in epochs only', async (t) => {
  const { redis, at, inRedis, hold } = await testSale(t, { stock: 5 })
  await hold()
  const times = { opensAtMs: 1, closesAtMs: 2, phase: 'ready', phaseVersion: 1, perBuyerLimit: 1 }
  const same = { ...at, last: 0, stock: 5, stockVersion: 1, ...times }
  assert.deepEqual(await install(redis, same), { kind: 'newer', epoch: 1 })
  assert.equal((await inRedis()).last, 1)
  assert.deepEqual(await install(redis, { ...same, epoch: 2 }), { kind: 'installed' })
})
