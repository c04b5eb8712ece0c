import type { Audit } from '@flashsale/contracts/http/audit.ts'
import type { SaleId } from '@flashsale/contracts/ids.ts'
import type { Redis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import type { OrderClient } from '../clients/order.ts'
import type { PaymentClient } from '../clients/payment.ts'
import { readLedgerStock } from '../db/ledger-stock.ts'
import { judgeBooks, type Readings } from '../domain/judge-books.ts'
import { readStock } from '../redis/read-stock.ts'

const READINGS_MAX = 5

export type AuditDeps = { db: Db; redis: Redis; orders: OrderClient; payments: PaymentClient }
export type AuditResult =
  | { kind: 'audit'; audit: Audit }
  | { kind: 'no-such-sale' }
  | { kind: 'unavailable'; what: string }

/**
 * Reads the books while the sale runs, in the order of R17: orders and payments, the ledger, Redis in
 * one script, the ledger again. When the epoch moved in between the reading is void and done again.
 */
export async function auditSale(deps: AuditDeps, saleId: SaleId): Promise<AuditResult> {
  const unavailable = (what: string) => ({ kind: 'unavailable', what }) as const
  for (let times = 1; times <= READINGS_MAX; times++) {
    const readings = await readBooks(deps, saleId)
    if (typeof readings === 'string') {
      return readings === 'no-such-sale' ? { kind: readings } : unavailable(readings)
    }
    const { first, redis, second } = readings
    const epochMoved = first.epoch !== second.epoch || redis.epoch !== first.epoch
    if (!epochMoved || (times === READINGS_MAX && first.epoch === second.epoch)) {
      return { kind: 'audit', audit: judgeBooks(saleId, readings, times) }
    }
  }
  return unavailable('the epoch moved during every reading')
}

async function readBooks(deps: AuditDeps, saleId: SaleId): Promise<Readings | string> {
  const { db, redis, orders, payments } = deps
  const auditedOrders = await orders.auditedOrders(saleId)
  if (!auditedOrders) return 'order does not answer'
  const auditedPayments = await payments.auditedPayments(saleId)
  if (!auditedPayments) return 'payment does not answer'
  const first = await readLedgerStock(db, saleId)
  if (!first) return 'no-such-sale'
  if (redis.status !== 'ready') return 'Redis does not answer'
  const inRedis = await readStock(redis, { saleId, segment: 0, epoch: first.epoch })
  const second = await readLedgerStock(db, saleId)
  if (!second) return 'no-such-sale'
  return { orders: auditedOrders, payments: auditedPayments, first, redis: inRedis, second }
}
