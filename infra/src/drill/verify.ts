import type { Audit } from '@flashsale/contracts/http/audit.ts'
import type { StatementLine } from '../demo/bank.ts'
import { type Check, crossCheck } from '../demo/cross-check.ts'
import type { Receipt } from '../demo/receipts.ts'
import type { Report } from './report.ts'
import { isAtRest, perBuyerLimit } from './sale-run.ts'

export type Ended = { saleId: string; receipts: Receipt[]; audit: Audit | undefined }
type Books = {
  sales: readonly Ended[]
  statement: StatementLine[]
  report: Pick<Report, 'forgotten' | 'recorded'>
}

/** When all is over: receipts, books and bank say the same, and nothing was promised in vain. */
export function verify({ sales, statement, report }: Books): Check[] {
  const receipts = sales.flatMap((sale) => sale.receipts)
  const audits = sales.map((sale) => sale.audit).filter((audit) => audit !== undefined)
  const notRecorded = receipts.filter(({ end }) => end?.reason === 'not-recorded')
  const isForgotten = ({ orderId = '' }: Receipt) => report.forgotten.has(orderId)
  const wasAccepted = ({ acceptedAt }: Receipt) => acceptedAt !== undefined
  const forgotten = receipts.filter(isForgotten)
  const recorded = receipts.filter(({ orderId = '' }) => report.recorded.has(orderId))
  const sumOf = (name: 'oversold' | 'overLimit' | 'drift' | 'orphans' | 'overdue') =>
    audits.reduce((sum, audit) => sum + audit[name], 0)
  const same = (what: string, left: number, right: number): Check => {
    return { what, left, right, holds: left === right }
  }
  return [
    same('sales, sales with exact books at rest', sales.length, audits.filter(isAtRest).length),
    same('units oversold', sumOf('oversold'), 0),
    same('buyers over the limit in the books', sumOf('overLimit'), 0),
    same('buyers over the limit by their receipts', overLimit(sales), 0),
    same('sales with more units paid than there were', oversoldSales(sales), 0),
    same('drift, orphans and overdue', sumOf('drift') + sumOf('orphans') + sumOf('overdue'), 0),
    same(
      'forgotten by Redis and unknown to the ledger, of these not-recorded',
      forgotten.length,
      forgotten.filter((receipt) => notRecorded.includes(receipt)).length,
    ),
    same(
      'forgotten by Redis and known to the ledger, of these not-recorded',
      recorded.filter((receipt) => notRecorded.includes(receipt)).length,
      0,
    ),
    same(
      'accepted, not forgotten by Redis, and yet not-recorded',
      notRecorded.filter((receipt) => wasAccepted(receipt) && !isForgotten(receipt)).length,
      0,
    ),
    same('keys that gave two orders', keysOfTwo(sales), 0),
    ...crossCheck({ receipts, audit: sumAudits(audits), statement }),
  ]
}

/** Buyers who paid for more units of one sale than its limit. */
function overLimit(sales: readonly Ended[]): number {
  return sales.reduce((sum, { receipts }) => {
    const units = new Map<string, number>()
    for (const { buyer, quantity } of paid(receipts)) {
      units.set(buyer.name, (units.get(buyer.name) ?? 0) + quantity)
    }
    return sum + [...units.values()].filter((count) => count > perBuyerLimit).length
  }, 0)
}

function oversoldSales(sales: readonly Ended[]): number {
  return sales.filter(({ receipts, audit }) => {
    const units = paid(receipts).reduce((sum, { quantity }) => sum + quantity, 0)
    return audit !== undefined && units > audit.stock
  }).length
}

/** Only where Redis forgot the first order may a key have come to name another. */
function keysOfTwo(sales: readonly Ended[]): number {
  return sales.reduce((sum, { receipts }) => {
    const kept = receipts.filter(({ end }) => end?.reason !== 'not-recorded')
    const named = kept.filter(({ key }) => key !== undefined)
    const keys = new Set(named.map(({ buyer, key }) => `${buyer.name} ${key}`))
    return sum + named.length - keys.size
  }, 0)
}

const paid = (receipts: readonly Receipt[]) => receipts.filter(({ end }) => end?.status === 'paid')

/** The books of all sales as if they were one. */
function sumAudits(audits: readonly Audit[]): Audit {
  const sum = (pick: (audit: Audit) => number) =>
    audits.reduce((total, audit) => total + pick(audit), 0)
  const [first] = audits
  if (!first) throw new Error('no sale has books')
  return {
    ...first,
    stock: sum(({ stock }) => stock),
    available: sum(({ available }) => available),
    held: sum(({ held }) => held),
    sold: sum(({ sold }) => sold),
    withdrawn: sum(({ withdrawn }) => withdrawn),
    inFlight: sum(({ inFlight }) => inFlight),
    money: {
      capturedMinor: sum(({ money }) => money.capturedMinor),
      paidMinor: sum(({ money }) => money.paidMinor),
      toBeRefundedMinor: sum(({ money }) => money.toBeRefundedMinor),
      refundedMinor: sum(({ money }) => money.refundedMinor),
      settlingMinor: sum(({ money }) => money.settlingMinor),
    },
  }
}
