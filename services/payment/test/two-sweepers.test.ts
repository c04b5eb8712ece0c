import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { locksMigrations } from '@flashsale/locks/migrations.ts'
import { postgresLeases } from '@flashsale/locks/postgres-leases.ts'
import { messagingMigrations } from '@flashsale/messaging/migrations.ts'
import { createDb } from '@flashsale/service-kit/db.ts'
import { createLog } from '@flashsale/service-kit/log.ts'
import { migrate } from '@flashsale/service-kit/migrate.ts'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import { eventually } from '@flashsale/test-kit/wait.ts'
import type { Bank } from '../src/clients/bank.ts'
import { startSweepers } from '../src/jobs/start-sweepers.ts'
import { SALE } from './start-payment.ts'

const timeout = 60_000
const TTL_MS = 3_000
const EVERY_MS = 100
const JOBS = ['check-back', 'expire-checkouts', 'send-refunds']
const quiet = { ...createLog('test'), info() {}, warn() {}, error() {} }

/** Instances of the service, and which of them called the bank for what. */
async function instances(t: TestContext) {
  const url = await testDatabase(t, { name: 'payment' })
  const db = createDb(url, { max: 2 })
  t.after(db.close)
  await migrate(db, messagingMigrations)
  await migrate(db, locksMigrations)
  await migrate(db, new URL('../migrations/', import.meta.url))
  const calls: string[] = []

  const start = (holder: string) => {
    const own = createDb(url, { max: 4 })
    const told = (what: string) => {
      calls.push(`${holder} ${what}`)
      return { kind: 'unknown' } as const
    }
    const bank = {
      ask: async () => told('check-back'),
      expire: async () => told('expire-checkouts'),
      refund: async () => {
        told('send-refunds')
        return 'unknown' as const
      },
    } as unknown as Bank
    const sweepers = startSweepers({
      ...{ db: own, bank, leases: postgresLeases(own), holder, log: quiet },
      ...{ checkBackEveryMs: EVERY_MS, expireCheckoutAfterSeconds: 0 },
    })
    t.after(async () => {
      await sweepers.stop()
      await own.close()
    })
    return sweepers
  }
  const sweeps = (holder: string, times = 1) => {
    const from = calls.length
    const count = (job: string) =>
      calls.slice(from).filter((call) => call === `${holder} ${job}`).length
    const all = () => JOBS.every((job) => count(job) >= times)
    return eventually(`${holder} to sweep`, all, { timeoutMs: 30_000, everyMs: 50 })
  }
  await workForAll(db)
  return { db, calls, start, sweeps }
}

/** A payment that is asked about, one that is to be ended, and a refund: all due over and over. */
async function workForAll(db: ReturnType<typeof createDb>) {
  const [order, payment] = [randomUUID(), randomUUID()]
  await db.query(
    `insert into payments (id, order_id, sale_id, buyer_id, amount_minor, currency, state,
                           checkout_url, next_check_at)
     values ($1, $2, $3, 'buyer-1', 100, 'EUR', 'in-progress', 'http://bank', now())`,
    [payment, order, SALE],
  )
  await db.query('insert into cancelled_orders (order_id) values ($1)', [order])
  await db.query(
    `insert into refunds (id, payment_id, order_id, amount_minor, state)
     values ($1, $2, $3, 100, 'requested')`,
    [randomUUID(), payment, order],
  )
  await db.query(`create function due_at_once() returns trigger language plpgsql as
    'begin new.next_expire_at := now(); return new; end'`)
  await db.query(`create trigger due_at_once before update of next_expire_at on payments
    for each row execute function due_at_once()`)
  await db.query(`create function again_at_once() returns trigger language plpgsql as
    'begin new.next_try_at := now(); return new; end'`)
  await db.query(`create trigger again_at_once before update of next_try_at on refunds
    for each row execute function again_at_once()`)
}

test('of two instances one sweeps, and when it stops the other goes on', { timeout }, async (t) => {
  const { calls, start, sweeps } = await instances(t)
  const first = start('payment-0')
  await sweeps('payment-0')
  start('payment-1')
  await sweeps('payment-0', 5)
  assert.deepEqual(new Set(calls), new Set(JOBS.map((job) => `payment-0 ${job}`)))

  await first.stop()
  const atMs = performance.now()
  await sweeps('payment-1')
  assert.ok(performance.now() - atMs < TTL_MS, 'the leases were released')
})

test('after an instance was killed the other sweeps within its lease’s time', {
  timeout,
}, async (t) => {
  const { db, start, calls, sweeps } = await instances(t)
  const killed = postgresLeases(db) // who has leases and extends none
  for (const lease of JOBS) {
    assert.ok(await killed.acquire(lease, { ttlMs: TTL_MS, holder: 'payment-0' }))
  }
  const atMs = performance.now()
  start('payment-1')
  await eventually('the first call', () => calls.length > 0)
  const firstMs = performance.now() - atMs
  await sweeps('payment-1')
  assert.ok(firstMs > TTL_MS / 2 && firstMs < TTL_MS + 5_000, `${firstMs} ms`)
})
