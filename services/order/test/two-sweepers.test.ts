import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { StockHeld } from '@flashsale/contracts/events/stock-held.ts'
import { postgresLeases } from '@flashsale/locks/postgres-leases.ts'
import { createDb, type Db } from '@flashsale/service-kit/db.ts'
import { createLog } from '@flashsale/service-kit/log.ts'
import { eventually } from '@flashsale/test-kit/wait.ts'
import { onStockHeld } from '../src/consumers/on-stock-held.ts'
import { startSweepers } from '../src/jobs/start-sweepers.ts'
import { newBuyer, newHold, newOrderId, testOrders } from './test-orders.ts'

const timeout = 60_000
const TTL_MS = 3_000
const quiet = { ...createLog('test'), info() {}, warn() {}, error() {} }

/** Instances of the service, each with its own connections, and who of them swept what. */
async function instances(t: TestContext) {
  const orders = await testOrders(t)
  const sweeps: string[] = []
  const start = (holder: string) => {
    const db = createDb(orders.url, { max: 4 })
    const counted: Db = {
      ...db,
      tx: (work, options) => {
        sweeps.push(`${holder} cancels`)
        return db.tx(work, options)
      },
    }
    const lookUp = async () => {
      sweeps.push(`${holder} asks`)
      return { kind: 'unconfirmed' } as const
    }
    const leases = postgresLeases(db)
    const { stop } = startSweepers({
      ...{ db: counted, inventory: { lookUp }, leases, holder, log: quiet },
    })
    t.after(async () => {
      await stop()
      await db.close()
    })
    return { stop }
  }
  const sweep = (wanted: string, times = 1) => {
    const from = sweeps.length
    const count = () => sweeps.slice(from).filter((one) => one === wanted).length
    return eventually(wanted, () => count() >= times, { timeoutMs: 30_000 })
  }
  const buyerId = newBuyer()
  await orders.cancel(newOrderId(buyerId, Date.now() - 10_000), buyerId) // asked for all the time
  return { ...orders, sweeps, start, sweep }
}

test('of two instances one sweeps, and when it stops the other goes on', { timeout }, async (t) => {
  const { sweeps, start, sweep } = await instances(t)
  const first = start('order-0')
  await Promise.all([sweep('order-0 cancels'), sweep('order-0 asks')])
  start('order-1')
  await Promise.all([sweep('order-0 cancels', 20), sweep('order-0 asks', 10)])
  assert.deepEqual(new Set(sweeps), new Set(['order-0 cancels', 'order-0 asks']))

  await first.stop()
  const atMs = performance.now()
  await Promise.all([sweep('order-1 cancels'), sweep('order-1 asks')])
  assert.ok(performance.now() - atMs < TTL_MS, 'the leases were released')
})

test('after an instance was killed the other sweeps within its lease’s time', {
  timeout,
}, async (t) => {
  const { db, order, deliver, start } = await instances(t)
  const hold = { ...newHold(), paymentWindowSeconds: 0 }
  await deliver(onStockHeld, StockHeld, hold)
  const killed = postgresLeases(db) // who has leases and extends none
  for (const lease of ['cancel-unpaid', 'end-cancel-wanted']) {
    assert.ok(await killed.acquire(lease, { ttlMs: TTL_MS, holder: 'order-0' }))
  }
  const atMs = performance.now()
  start('order-1')
  start('order-2')
  const ended = async () => (await order(hold.orderId))?.state === 'cancelled'
  await eventually('the unpaid order to be cancelled', ended, { timeoutMs: 30_000 })
  const tookMs = performance.now() - atMs
  assert.ok(tookMs > TTL_MS / 2 && tookMs < TTL_MS + 5_000, `${tookMs} ms`)
})
