import type { TestContext } from 'node:test'
import type { NewSale } from '@flashsale/contracts/http/inventory.ts'
import type { OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import { topics } from '@flashsale/contracts/topics.ts'
import { createBus } from '@flashsale/messaging/bus.ts'
import { deleteFromOutbox, type OutboxRow } from '@flashsale/messaging/outbox.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { createFindings } from '@flashsale/service-kit/recovery.ts'
import { testTopicPrefix } from '@flashsale/test-kit/bus.ts'
import { servers } from '@flashsale/test-kit/servers.ts'
import { winBack } from '../src/recover/win-back.ts'
import { quiet, testSale } from './sale.ts'

/** A sale whose ledger forgets what Redis and Kafka know, and its recovery. */
export async function testLoss(t: TestContext, plan: Partial<NewSale> = {}) {
  const sale = await testSale(t, plan)
  const { db, redis, keyPrefix } = sale
  const topicPrefix = testTopicPrefix(t)
  const brokers = servers.kafkaBrokers()
  const bus = createBus({ brokers, group: 'teller', topicPrefix, partitions: 1, log: quiet })
  t.after(bus.close)
  await bus.ensureTopics([topics.stock, topics.orders])
  const source = { brokers, topicPrefix, log: quiet }

  const publish = (type: string, topic: string, data: { orderId: OrderId; saleId: SaleId }) => {
    const headers = { id: crypto.randomUUID(), type, version: '1', 'occurred-at': now() }
    return bus.publish([{ topic, key: data.orderId, value: JSON.stringify(data), headers }])
  }
  const ofOrder = (type: string, orderId: OrderId, more: object = {}) =>
    publish(type, topics.orders, { orderId, saleId: sale.saleId, ...more })

  return {
    ...sale,
    /** What the ledger has to tell is with Kafka, and out of its own hands. */
    async tell() {
      // Without the relay's fence: other tests on this server hold it back.
      const { rows } = await db.query<OutboxRow>(
        `select position, id, aggregatetype as topic, aggregateid as key, type,
                payload::text as value, headers, created_at as "createdAt"
         from outbox order by position`,
      )
      await bus.publish(
        rows.map(({ id, topic, key, type, value, headers, createdAt }) => {
          const occurredAt = createdAt.toISOString()
          return { topic, key, value, headers: { id, type, 'occurred-at': occurredAt, ...headers } }
        }),
      )
      await deleteFromOutbox(
        db,
        rows.map(({ position }) => position),
      )
    },
    paid: (orderId: OrderId) => ofOrder('order.paid', orderId),
    cancelled: (orderId: OrderId) => ofOrder('order.cancelled', orderId, { reason: 'unpaid' }),
    /** The rows of these orders, and the events that nobody had published. */
    async lose(...orderIds: OrderId[]) {
      for (const table of ['returns', 'hold_units', 'holds']) {
        await db.query(`delete from ${table} where order_id = any($1::uuid[])`, [orderIds])
      }
      await db.query('delete from outbox where aggregateid = any($1::text[])', [orderIds])
    },
    /** `crashAfter`: it ends after so many of its transactions. */
    async recover(crashAfter = Number.POSITIVE_INFINITY) {
      const findings = createFindings('inventory', () => {})
      let left = crashAfter
      const dying: Db = {
        ...db,
        async tx(work, options) {
          if (left-- === 0) throw new Error('killed')
          return db.tx(work, options)
        },
      }
      await winBack({ db: dying, redis, keyPrefix, source, findings, log: quiet })
      await sale.register.refresh()
      return findings.report()
    },
    async stateOf(orderId: OrderId) {
      const { rows } = await db.query<{ state: string }>(
        'select state from holds where order_id = $1',
        [orderId],
      )
      return rows[0]?.state
    },
  }
}

const now = () => new Date().toISOString()
