import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDb } from '@flashsale/service-kit/db.ts'
import { migrate } from '@flashsale/service-kit/migrate.ts'
import { timelineGuard, timelineMigrations } from '@flashsale/service-kit/timeline.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { reserveBatch } from '../src/stock/reserve-batch.ts'
import { readAllFacts } from '../src/stock/sale-facts.ts'
import { createSaleRegister } from '../src/stock/sale-register.ts'
import { quiet, testSale } from './sale.ts'

test('a ledger that failed over sells nothing, and its stock is unknown, until a person accepts it', async (t) => {
  const { db, databaseUrl, redis, attempt, inRedis } = await testSale(t, { stock: 3 })
  await migrate(db, timelineMigrations)
  const guard = timelineGuard({ standby: 'other', log: quiet })
  const guarded = createDb(databaseUrl, { max: 2, guard })
  t.after(guarded.close)
  const register = createSaleRegister(guarded)
  await register.refresh()
  const buy = async () =>
    (await reserveBatch({ redis, register, log: quiet }, [attempt()]))[0]?.kind
  assert.equal(await buy(), 'held')

  await db.query("update timeline set accepted = '1/00000000'")
  await until(guarded.failedOver, { timeoutMs: 10_000, what: 'the new timeline to be seen' })
  assert.equal(await buy(), 'unavailable')
  assert.equal((await readAllFacts({ redis, register })).sales[0]?.free, null)
  assert.equal((await inRedis()).owners.size, 1)
})
