import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@flashsale/service-kit/wait.ts'
import { startSegmentWatch } from '../src/jobs/watch-segments.ts'
import { saleKeys } from '../src/redis/sale-keys.ts'
import { changePhase, createSale } from '../src/stock/change-sale.ts'
import { createSaleRegister } from '../src/stock/sale-register.ts'
import { forget, record } from './rebuilding.ts'
import { quiet, salePlan, testSale } from './sale.ts'

const within = { timeoutMs: 10_000 }

test('a second instance hears of the rebuild of the first, and sells again', async (t) => {
  const sale = await testSale(t)
  const other = { ...sale, log: quiet, register: createSaleRegister(sale.db) }
  await other.register.refresh()
  other.register.markForgotten(sale.saleId)
  await forget(sale)
  const jobs = [startSegmentWatch({ ...sale, log: quiet }), startSegmentWatch(other)]
  t.after(() => Promise.all(jobs.map((job) => job.stop())))
  const sells = (register: typeof sale.register) => () =>
    register.get(sale.saleId)?.epoch === 2 && !register.isForgotten(sale.saleId)
  await until(sells(sale.register), { ...within, what: 'one instance' })
  await until(sells(other.register), { ...within, what: 'the other instance' })
})

test('a settled sale that Redis forgot is rebuilt: its keys are known to its buyers', async (t) => {
  const sale = await testSale(t, { stock: 1 })
  const held = await sale.hold({ buyer: 'ann', key: 'a' })
  await record(sale)
  await changePhase(sale.deps, sale.sale(), 'closed')
  await sale.db.query(`update sales set settled_at = now()`)
  await sale.redis.del(...Object.values(saleKeys(sale.at)))
  await sale.register.refresh()
  const job = startSegmentWatch({ ...sale, log: quiet })
  t.after(job.stop)
  const again = async () => {
    const [result] = await sale.reserve([sale.attempt({ buyer: 'ann', key: 'a' })])
    return result?.kind === 'repeated' && result.orderId === held.orderId
  }
  await until(again, { ...within, what: 'the same order' })
})

test('a sale that can not be rebuilt keeps no other from it', async (t) => {
  const sale = await testSale(t)
  const other = await createSale(sale.deps, salePlan())
  assert.ok(other.kind === 'created')
  await sale.redis.del(saleKeys(sale.at).sale, saleKeys({ ...sale.at, saleId: other.id }).sale)
  await sale.redis.set(saleKeys({ ...sale.at, saleId: other.id }).sale, 'not a hash') // the newer one
  const job = startSegmentWatch({ ...sale, log: quiet })
  t.after(job.stop)
  const rebuilt = () => sale.at.epoch === 2
  await until(rebuilt, { ...within, what: 'the other sale' })
  assert.equal(sale.register.get(other.id)?.epoch, 1)
})
