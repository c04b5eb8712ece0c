import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { System } from '@flashsale/test-kit/system.ts'
import { connectRedis } from './redis.ts'
import { openSale } from './sale.ts'
import type { Sql } from './sql.ts'

/** Six units: the first is sold, the second held, the third was given back, the others never moved. */
export type Scene = Awaited<ReturnType<typeof setScene>>

export const SOLD = 1
export const HELD = 2
export const FREED = 3
export const PRICE_MINOR = 9900

export async function setScene(t: TestContext, system: System) {
  const sale = await openSale(system, { stock: 6 })
  const sold = await sale.hold('ann')
  const held = await sale.hold('bob')
  const freed = await sale.hold('cid')
  const paymentId = await sale.openCheckout(sold)
  await sale.payAtBank(paymentId)
  await sale.cancelPatiently(freed)
  await sale.ends([sold, freed])
  await sale.becomes(held, 'pending-payment')
  const { redis, keys } = connectRedis(t, system, sale.id)
  return {
    sale,
    redis,
    keys,
    paymentId,
    sold: sold.orderId,
    held: held.orderId,
    freed: freed.orderId,
  }
}

/** Made without its order, or for one that it does not belong to. */
export const capture = (payments: Sql, saleId: string, orderId: string, ageSeconds = 0) =>
  payments(
    `insert into payments (id, order_id, sale_id, buyer_id, amount_minor, currency, state,
                           captured_minor, captured_at, next_check_at)
     values ($1, $2, $3, 'x', ${PRICE_MINOR}, 'EUR', 'captured', ${PRICE_MINOR},
             now() - $4 * interval '1 second', 'infinity')`,
    [randomUUID(), orderId, saleId, ageSeconds],
  )
export const refund = (payments: Sql, orderId: string, amountMinor = PRICE_MINOR) =>
  payments(
    `insert into refunds (id, payment_id, order_id, amount_minor, state)
     select $1, id, order_id, $3, 'done' from payments where order_id = $2`,
    [randomUUID(), orderId, amountMinor],
  )

export const withdraw = (ledger: Sql, saleId: string, unit: number) =>
  ledger('insert into withdrawals values ($1, 0, $2, $2, $3, now())', [saleId, unit, randomUUID()])
