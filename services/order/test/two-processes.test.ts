import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StockHeld } from '@flashsale/contracts/events/stock-held.ts'
import { createBus } from '@flashsale/messaging/bus.ts'
import { createDb } from '@flashsale/service-kit/db.ts'
import { createLog } from '@flashsale/service-kit/log.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { servers } from '@flashsale/test-kit/servers.ts'
import { startSystem } from '@flashsale/test-kit/system.ts'
import { eventOf, newHold } from './test-orders.ts'

const timeout = 180_000
const WITHIN_MS = 60_000 // on a busy machine; a lease lasts 3 s
const ORDERS = 30

for (const how of ['killed', 'frozen'] as const) {
  const title = `of two processes the one with the leases is ${how}: orders end and are told of by the other`
  test(title, { timeout }, async (t) => {
    const system = await startSystem(t, { services: ['order'], twice: ['order'] })
    const db = createDb(system.dbUrls.order, { max: 2 })
    const bus = createBus({
      ...{ brokers: servers.kafkaBrokers(), group: 'inventory', topicPrefix: system.topicPrefix },
      log: createLog('inventory', 'error'),
    })
    t.after(async () => {
      await bus.close()
      await db.close()
    })
    const holderOf = async (lease: string) => {
      const sql = 'select holder from leases where name = $1 and expires_at > now()'
      return (await db.query<{ holder: string }>(sql, [lease])).rows[0]?.holder
    }
    const count = async (sql: string) =>
      (await db.query<{ count: number }>(`select count(*) as count from ${sql}`)).rows[0]?.count
    const becomes = (what: string, check: () => Promise<boolean>) =>
      until(check, { timeoutMs: WITHIN_MS, what })

    const holds = Array.from({ length: ORDERS }, () => newHold({ windowS: 10 }))
    await bus.publish(
      holds.map((hold) => {
        const { id, type, version, occurredAt, key } = eventOf(StockHeld, hold)
        const headers = { id, type, version: String(version), 'occurred-at': occurredAt }
        return { topic: StockHeld.topic, key, value: JSON.stringify(hold), headers }
      }),
    )
    await becomes('all orders', async () => (await count('orders')) === ORDERS)
    const relay = await until(() => holderOf('outbox-relay'), {
      timeoutMs: WITHIN_MS,
      what: 'a relay',
    })
    const process = relay === 'order-1' ? 'order-2' : 'order'
    if (how === 'killed') await system.kill(process)
    else system.freeze(process)

    const ended = `orders where state = 'cancelled' and reason = 'unpaid'`
    await becomes('every order to end', async () => (await count(ended)) === ORDERS)
    await becomes('all to be told', async () => (await count('outbox')) === 0)
    for (const lease of ['outbox-relay', 'cancel-unpaid', 'end-cancel-wanted']) {
      assert.notEqual(await until(() => holderOf(lease), soon(lease)), relay)
    }
  })
}

const soon = (lease: string) => ({ timeoutMs: WITHIN_MS, what: `a holder of ${lease}` })
