/** The audit's judgement: what was read, in the order of R17, becomes the books of CONTRACT.md 4. */
import type { Audit, AuditFault } from '@flashsale/contracts/http/audit.ts'
import type { AuditedOrder, AuditedPayment } from '@flashsale/contracts/http/order.ts'
import type { SaleId } from '@flashsale/contracts/ids.ts'
import { judgeMoney } from './judge-money.ts'
import { inFlightUnits, judgeRedis } from './judge-redis.ts'
import type { LedgerStock, LedgerUnit, RedisStock } from './stock-reading.ts'
import { createRanges } from './unit-ranges.ts'

/** Read in this order: orders, payments, first ledger, Redis, second ledger. */
export type Readings = {
  orders: AuditedOrder[]
  payments: AuditedPayment[]
  first: LedgerStock
  redis: RedisStock
  second: LedgerStock
}
export type Found = (name: string, facts: Record<string, unknown>) => void

const EXAMPLES_MAX = 10

type Judged = {
  audit: Audit
  /** Units of which Redis and the ledger say what no step of the protocol could explain. */
  atFault: Set<number>
}
export function judgeBooks(saleId: SaleId, readings: Readings, timesRead: number): Audit {
  return judge(saleId, readings, timesRead).audit
}

export function judge(saleId: SaleId, readings: Readings, timesRead: number): Judged {
  const { second, redis, first } = readings
  const faults = new Map<string, AuditFault>()
  const found: Found = (name, facts) => {
    const fault = faults.get(name) ?? { name, count: 0, examples: [] }
    fault.count++
    if (fault.examples.length < EXAMPLES_MAX) fault.examples.push(facts)
    faults.set(name, fault)
  }

  const units = judgeUnits(second, found)
  const atFault = judgeRedis(first, redis, second, found)
  const orders = judgeOrders(readings, found)
  const { unsettledPayments, ...money } = judgeMoney(readings.orders, readings.payments, found)
  const audit: Audit = {
    saleId,
    ...units,
    ...orders,
    inFlight: inFlightUnits(redis, second),
    drift: atFault.size,
    money,
    unsettledPayments,
    readings: timesRead,
    faults: [...faults.values()],
    exact: faults.size === 0,
  }
  return { audit, atFault }
}

/** stock = available + held + sold + withdrawn, each unit in one place, each hold whole. */
function judgeUnits(ledger: LedgerStock, found: Found) {
  const places = new Map<number, number>()
  const add = (unit: number) => places.set(unit, (places.get(unit) ?? 0) + 1)
  for (const { unit } of ledger.units) add(unit)
  const ranges = createRanges(ledger.withdrawn)
  const withdrawn = ranges.units
  for (const { unit } of ledger.units) {
    if (ranges.has(unit)) found('unit-held-and-withdrawn', { unit })
  }
  for (const range of ranges.overlaps) found('unit-withdrawn-twice', { ...range })
  let twice = 0
  for (const [unit, times] of places) {
    if (unit < 1 || unit > ledger.stock) found('unit-outside-stock', { unit })
    if (times === 1) continue
    twice += times - 1
    const orders = ledger.units.filter((u) => u.unit === unit).map((u) => u.orderId)
    found('unit-sold-twice', { unit, orders })
  }

  const state = (unit: LedgerUnit) => ledger.holds.get(unit.orderId)?.state
  const held = ledger.units.filter((unit) => state(unit) === 'held').length
  const sold = ledger.units.filter((unit) => state(unit) === 'sold').length
  const available = ledger.stock - places.size - withdrawn
  if (available < 0) found('more-units-than-stock', { stock: ledger.stock, available })
  const sum = available + held + sold + withdrawn
  if (sum !== ledger.stock) found('units-do-not-add-up', { stock: ledger.stock, sum })
  const { stock } = ledger
  return { stock, available: Math.max(0, available), held, sold, withdrawn, oversold: twice }
}

/** Orders against units, both ways; the per-buyer limit; time limits. */
function judgeOrders({ orders, second }: Readings, found: Found) {
  const unitsOf = Map.groupBy(second.units, ({ orderId }) => orderId)
  let orphans = 0
  const orphan = (name: string, facts: Record<string, unknown>) => {
    orphans++
    found(name, facts)
  }
  for (const { id, state } of orders) {
    const hold = second.holds.get(id)
    if (state === 'cancel-wanted') continue
    if (!hold) orphan('order-without-hold', { orderId: id, state })
    else if (state === 'paid' && hold.state !== 'sold' && hold.state !== 'held') {
      orphan('paid-without-live-hold', { orderId: id, hold: hold.state })
    }
  }
  for (const { orderId, state, quantity } of second.holds.values()) {
    const live = state === 'held' || state === 'sold'
    const units = unitsOf.get(orderId)?.length ?? 0
    if (units !== (live ? quantity : 0)) {
      orphan('hold-with-wrong-units', { orderId, state, quantity, units })
    }
  }
  for (const orderId of unitsOf.keys()) {
    if (!second.holds.has(orderId)) orphan('unit-without-hold', { orderId })
  }

  const perBuyer = Map.groupBy(second.units, ({ buyerId }) => buyerId)
  const over = [...perBuyer].filter(([, units]) => units.length > second.perBuyerLimit)
  for (const [buyerId, units] of over) found('buyer-over-limit', { buyerId, units: units.length })

  // While its order still waits for payment in time, a hold is as young as that order (R11).
  const waiting = orders.filter(({ state, overdue }) => state === 'pending-payment' && !overdue)
  const inTime = new Set<string>(waiting.map(({ id }) => id))
  const holds = [...second.holds.values()]
  const lateHolds = holds.filter(({ overdue, orderId }) => overdue && !inTime.has(orderId))
  for (const { orderId } of lateHolds) found('hold-overdue', { orderId })
  const lateOrders = orders.filter(({ overdue }) => overdue)
  for (const { id, state } of lateOrders) found('order-overdue', { orderId: id, state })
  return { orphans, overLimit: over.length, overdue: lateHolds.length + lateOrders.length }
}
