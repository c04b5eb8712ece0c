/** What the tests of the demo are made of: buyers, receipts, books and a whole sale's facts. */
import type { Audit } from '@flashsale/contracts/http/audit.ts'
import { type AuditNote, rushAuditsMin } from '../src/demo/audits.ts'
import { type Plan, plans, type Way, ways } from '../src/demo/behaviours.ts'
import { type Buyer, castOf } from '../src/demo/cast.ts'
import type { Snapshot } from '../src/demo/progress.ts'
import type { End, Receipt } from '../src/demo/receipts.ts'
import type { Facts } from '../src/demo/summary.ts'
import { createTally } from '../src/demo/tally.ts'

export const defaults = { stock: 500, buyers: 5_000, seed: 1 }
export const allWays = Object.keys(ways) as Way[]
export const allPlans = Object.keys(plans) as Plan[]

export const snapshot: Snapshot = {
  phase: 'rush',
  sinceOpeningMs: 1_234,
  attempts: 1_000,
  accepted: 100,
  refused: new Map(),
  orders: new Map([['paid', 3]]),
  waiting: 4,
  receiptsAsked: 0,
  units: { stock: 100, available: 0, held: 40, sold: 60, withdrawn: 0 },
  resold: 5,
  lagMs: { p50: 12, p99: 120 },
  audits: 7,
  inexact: 0,
  faults: 0,
}

export function buyerOf(plan: Plan, name = `U-${plan}`): Buyer {
  const rest = { row: 'crowd', arrivesMs: 0, thinksMs: 0, waitsFor: 'nothing' } as const
  return { name, way: 'plain', plan, quantity: 2, ...rest }
}

export function receiptOf(plan: Plan, end: End | undefined, paymentId?: string): Receipt {
  return {
    buyer: buyerOf(plan),
    token: 't',
    key: undefined,
    quantity: 1,
    orderId: `order-${plan}`,
    takenAt: 0,
    ...(end && { end }),
    ...(paymentId && { paymentId }),
  }
}

export const noMoney = {
  capturedMinor: 0,
  paidMinor: 0,
  toBeRefundedMinor: 0,
  refundedMinor: 0,
  settlingMinor: 0,
}

export function booksOf(values: Partial<Audit>): Audit {
  const none = { available: 0, held: 0, sold: 0, withdrawn: 0, inFlight: 0, drift: 0, oversold: 0 }
  const faults = { orphans: 0, overLimit: 0, unsettledPayments: 0, overdue: 0, faults: [] }
  const saleId = '0b309e89-05be-4364-94d3-be201aca4442' as Audit['saleId']
  return {
    saleId,
    stock: 0,
    ...none,
    ...faults,
    money: noMoney,
    readings: 1,
    exact: true,
    ...values,
  }
}

type Without = { withoutWay?: Way; withoutPlan?: Plan; withoutScene?: string }

/** A sale in which everything happened, but for what is left out. */
export function facts({ withoutWay, withoutPlan, withoutScene }: Without = {}) {
  const tally = createTally()
  for (const way of allWays) {
    tally.played(way)
    if (way !== withoutWay) tally.proved(way)
  }
  for (const name of ['sold-out', 'resold', 'restock', 'withdrawn'] as const) {
    if (name !== withoutScene) tally.seen(name)
  }
  const receipts = allPlans
    .filter((plan) => plan !== withoutPlan)
    .map((plan) => ({ ...receiptOf(plan, endFor(plan)), quantity: 2 }))
  const notes: AuditNote[] = Array.from({ length: 30 }, (_, at) => {
    return { atMs: at * 200, tookMs: 20, when: 'rush', exact: true }
  })
  const enough = () => rushAuditsMin
  const audits = { notes, inexact: [], unanswered: () => 0, inRush: enough, whileAsking: enough }
  return {
    ...{ seed: 1, commit: 'abc', date: '2026-01-01', startUpMs: 1, saleMs: 2, checks: [] },
    ...{ cast: castOf(defaults), tally, receipts, answers202: receipts.length, audits },
    ...{ books: booksOf({}), stoppedBy: undefined, died: [] as string[] },
  } satisfies Facts
}

function endFor(plan: Plan): End {
  const [, status = '', reason] = /^(\w+)(?: \((.*)\))?$/.exec(plans[plan].end) ?? []
  return { status: status as End['status'], reason }
}
