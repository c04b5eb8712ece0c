import { REPLACED_MAX } from '@flashsale/contracts/http/erasure.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import type { OrderClient } from '../clients/order.ts'
import type { PaymentClient } from '../clients/payment.ts'
import { type Kept, replaceBuyers } from '../db/buyers-kept.ts'
import type { SubjectOf } from '../domain/buyer-subject.ts'
import { metrics } from '../metrics.ts'

export type EraseDeps = {
  db: Db
  orders: Pick<OrderClient, 'replaceBuyers' | 'ofBuyer' | 'forgetBuyers' | 'auditedPage'>
  payments: Pick<PaymentClient, 'replaceBuyers'>
  subjectOf: SubjectOf
}
/** Where the orders were found. */
export type FoundIn = 'order' | 'ledger'

/**
 * Payments first, and last where the orders were found: whatever stops it in between, they are found
 * again, and what is replaced already stays as it is.
 */
export async function replaceEverywhere(deps: EraseDeps, kept: Kept[], foundIn: FoundIn) {
  const { db, orders, payments, subjectOf } = deps
  for (let from = 0; from < kept.length; from += REPLACED_MAX) {
    const batch = kept
      .slice(from, from + REPLACED_MAX)
      .map(({ orderId, buyerId }) => ({ orderId, buyerId: subjectOf(buyerId) }))
    const inLedger = () => db.tx((tx) => replaceBuyers(tx, batch))
    const inOrders = () => orders.replaceBuyers(batch)
    await payments.replaceBuyers(batch)
    for (const step of foundIn === 'order' ? [inLedger, inOrders] : [inOrders, inLedger]) {
      await step()
    }
    metrics.buyersReplaced.inc(batch.length)
  }
}
