import type { Audit } from '@flashsale/contracts/http/audit.ts'
import type { AuditedOrder, AuditedPayment } from '@flashsale/contracts/http/order.ts'
import type { SaleId } from '@flashsale/contracts/ids.ts'
import type { Redis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { sleep } from '@flashsale/service-kit/wait.ts'
import type { OrderClient } from '../clients/order.ts'
import type { PaymentClient } from '../clients/payment.ts'
import { readLedgerStock } from '../db/ledger-stock.ts'
import { readEpoch } from '../db/rebuild.ts'
import { judge, type Readings } from '../domain/judge-books.ts'
import { readFacts } from '../redis/read-facts.ts'
import { readStock } from '../redis/read-stock.ts'

const READINGS_MAX = 20 // 6 s: a rebuild is over by then, or it is to be reported
const PAUSE_BETWEEN_READINGS_MS = 300

export type AuditDeps = { db: Db; readings: Redis; orders: OrderClient; payments: PaymentClient }
/** A sale's books, read and judged. */
export type SaleJudged = {
  kind: 'judged'
  audit: Audit
  /** Units of which Redis and the ledger say what no step of the protocol could explain. */
  atFault: number[]
  epoch: number
  /** Redis has the segment of that epoch; else a rebuild is due anyway. */
  isInUse: boolean
  /** Entries of the stream that are not acknowledged. */
  onStream: number
  /** Of the one reading that counts. */
  tookMs: number
}
type Unread = { kind: 'no-such-sale' } | { kind: 'unavailable'; what: string }
export const REDIS_AWAY = 'Redis does not answer'

type BooksRead = { kind: 'read'; readings: Readings; times: number; tookMs: number } | Unread

/** For the audit and for the reconciler. */
export async function judgeSale(deps: AuditDeps, saleId: SaleId): Promise<SaleJudged | Unread> {
  const books = await readBooks(deps, saleId)
  if (books.kind !== 'read') return books
  const { readings, times, tookMs } = books
  const { first, redis } = readings
  const { audit, atFault } = judge(saleId, readings, times)
  return {
    kind: 'judged',
    audit,
    atFault: [...atFault],
    epoch: first.epoch,
    isInUse: redis.remembers && redis.epoch === first.epoch,
    onStream: redis.entries.length,
    tookMs,
  }
}

/**
 * Reads the books while the sale runs, in the order of R17: orders and payments, the ledger, Redis in
 * one script, the ledger again. When the epoch moved in between the reading is void and done again.
 */
async function readBooks(deps: AuditDeps, saleId: SaleId): Promise<BooksRead> {
  const unavailable = (what: string) => ({ kind: 'unavailable', what }) as const
  for (let times = 1; times <= READINGS_MAX; times++) {
    if (times < READINGS_MAX && (await isBeingRebuilt(deps, saleId))) {
      await sleep(PAUSE_BETWEEN_READINGS_MS)
      continue
    }
    const startedAtMs = performance.now()
    const readings = await readOnce(deps, saleId)
    const tookMs = performance.now() - startedAtMs
    if (typeof readings === 'string') {
      return readings === 'no-such-sale' ? { kind: readings } : unavailable(readings)
    }
    const last = times === READINGS_MAX && readings.first.epoch === readings.second.epoch
    if (last || !isChanging(readings)) return { kind: 'read', readings, times, tookMs }
    await sleep(PAUSE_BETWEEN_READINGS_MS)
  }
  return unavailable('the epoch moved during every reading')
}

/** One look at both heads: reading all books of a large sale in vain would take from its rebuild. */
async function isBeingRebuilt({ db, readings }: AuditDeps, saleId: SaleId): Promise<boolean> {
  const ledger = await readEpoch(db, { saleId, segment: 0 })
  if (!ledger || ledger.settled || readings.status !== 'ready') return false
  const facts = await readFacts(readings, { saleId, segment: 0, epoch: ledger.epoch })
  return facts.kind !== 'facts'
}

/** Redis is being rebuilt or restocked: the reading is void, unless that doesn't end. */
function isChanging({ first, redis, second }: Readings): boolean {
  if (first.settled && !redis.remembers) return false
  const epochMoved = first.epoch !== second.epoch || redis.epoch !== first.epoch
  return epochMoved || !redis.remembers || redis.stock < first.stock
}

async function readOnce(deps: AuditDeps, saleId: SaleId): Promise<Readings | string> {
  const { db, readings, orders, payments } = deps
  if (readings.status !== 'ready') return REDIS_AWAY
  const auditedOrders = await orders.auditedOrders(saleId)
  if (!auditedOrders) return 'order does not answer'
  const auditedPayments = await payments.auditedPayments(saleId)
  if (!auditedPayments) return 'payment does not answer'
  if (!(await addMissing(orders, saleId, auditedOrders, auditedPayments))) {
    return 'order does not answer'
  }
  const first = await readLedgerStock(db, saleId)
  if (!first) return 'no-such-sale'
  if (readings.status !== 'ready') return REDIS_AWAY
  const inRedis = await readStock(readings, { saleId, segment: 0, epoch: first.epoch })
  const second = await readLedgerStock(db, saleId)
  if (!second) return 'no-such-sale'
  return { orders: auditedOrders, payments: auditedPayments, first, redis: inRedis, second }
}

/** An order made after its page was read can have its money by now: it is read after its payment. */
async function addMissing(
  client: OrderClient,
  saleId: SaleId,
  orders: AuditedOrder[],
  payments: AuditedPayment[],
): Promise<boolean> {
  const known = new Set(orders.map(({ id }) => id))
  const captured = payments.filter(({ capturedMinor }) => capturedMinor > 0)
  const missing = new Set(captured.map(({ orderId }) => orderId).filter((id) => !known.has(id)))
  if (missing.size === 0) return true
  const again = await client.auditedOrders(saleId)
  if (!again) return false
  orders.push(...again.filter(({ id }) => missing.has(id)))
  return true
}
