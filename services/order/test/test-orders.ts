import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { EventDefinition, EventOf } from '@flashsale/contracts/define-event.ts'
import { OrderView } from '@flashsale/contracts/http/order.ts'
import type { BuyerId, OrderId, PaymentId, SaleId } from '@flashsale/contracts/ids.ts'
import { createOrderIds } from '@flashsale/contracts/order-id.ts'
import { locksMigrations } from '@flashsale/locks/migrations.ts'
import type { Consumer } from '@flashsale/messaging/consumer.ts'
import { messagingMigrations } from '@flashsale/messaging/migrations.ts'
import { createRuntimeConfig } from '@flashsale/runtime-config/runtime-config.ts'
import { createDb, type Db } from '@flashsale/service-kit/db.ts'
import { createLog } from '@flashsale/service-kit/log.ts'
import { migrate } from '@flashsale/service-kit/migrate.ts'
import { testDatabase } from '@flashsale/test-kit/db.ts'
import type { z } from 'zod'
import { buildApp } from '../src/app.ts'
import { createOrderLists } from '../src/db/list-orders.ts'

const orderIds = createOrderIds(randomUUID() + randomUUID())

export const newBuyer = () => `buyer-${randomUUID()}` as BuyerId
export const newSale = () => randomUUID() as SaleId
export const newOrderId = (buyerId: BuyerId, deadlineMs = Date.now() + 1_000) =>
  orderIds.next(buyerId, deadlineMs)

export type TestHold = ReturnType<typeof newHold>
/** What a `stock.held` says; of an order of its own unless told otherwise. */
export function newHold(
  given: Partial<{ buyerId: BuyerId; saleId: SaleId; windowS: number }> = {},
) {
  const buyerId = given.buyerId ?? newBuyer()
  return {
    orderId: newOrderId(buyerId),
    buyerId,
    saleId: given.saleId ?? newSale(),
    quantity: 2,
    amountMinor: 1_998,
    currency: 'EUR',
    paymentWindowSeconds: given.windowS ?? 60,
  }
}

/** The money asked for, unless told otherwise. */
export const moneyFor = ({ orderId, amountMinor, currency }: TestHold, more = 0) => ({
  orderId,
  paymentId: randomUUID() as PaymentId,
  amountMinor: amountMinor + more,
  currency,
})

/** What inventory says of a hold that its ledger refused. */
export const refusalOf = ({ paymentWindowSeconds: _, ...hold }: TestHold) => ({
  ...hold,
  cause: 'unit-taken' as const,
})

export function eventOf<Data extends z.ZodType>(
  definition: EventDefinition<Data>,
  data: z.infer<Data>,
): EventOf<EventDefinition<Data>> {
  const { type, version, key } = definition
  const occurredAt = new Date().toISOString()
  return { id: randomUUID(), type, version, key: key(data), occurredAt, data }
}

/** A database of its own with order's tables, and the HTTP side of the service on it. */
export async function testOrders(t: TestContext) {
  const url = await testDatabase(t, { name: 'order' })
  const db = createDb(url, { max: 30 })
  const lists = createOrderLists(url)
  t.after(async () => {
    await lists.close()
    await db.close()
  })
  await migrate(db, messagingMigrations)
  await migrate(db, locksMigrations)
  await migrate(db, new URL('../migrations/', import.meta.url))
  const app = buildApp({
    db,
    lists,
    logLevel: 'silent',
    ready: () => true,
    runtimeConfig: createRuntimeConfig(createLog('test')),
    faults: { allowed: false, instance: 'order-0' },
  })
  return { url, db, lists, app, ...talk(db, app) }
}

function talk(db: Db, app: ReturnType<typeof buildApp>) {
  return {
    /** Hands events to a consumer as the bus does: together, in one transaction. */
    deliver: <Data extends z.ZodType>(
      consumer: Consumer,
      definition: EventDefinition<Data>,
      ...data: z.infer<Data>[]
    ) =>
      db.tx((tx) =>
        consumer.handle(
          { tx },
          data.map((each) => eventOf(definition, each)),
        ),
      ),
    /** Types of the events told of this order, oldest first. */
    told: async (id: OrderId) => (await outboxOf(db, id)).map(({ type }) => type),
    outbox: (id: OrderId) => outboxOf(db, id),
    async order(id: OrderId) {
      const answer = await app.inject(`/internal/orders/${id}`)
      return answer.statusCode === 200 ? OrderView.parse(answer.json()) : undefined
    },
    async cancel(id: OrderId, buyerId: BuyerId): Promise<string> {
      const url = `/internal/orders/${id}/cancel`
      const answer = await app.inject({ method: 'POST', url, payload: { buyerId } })
      return answer.json().kind
    },
  }
}

async function outboxOf(db: Db, id: OrderId) {
  const { rows } = await db.query<{ type: string; payload: Record<string, unknown> }>(
    'select type, payload from outbox where aggregateid = $1 order by position',
    [id],
  )
  return rows
}
