import type { Snapshot, StockEntry } from './redis-stock.ts'
import type { Off } from './rules.ts'

/** A row of the ledger: units that an order has, or had, or was refused. */
export type Hold = {
  order: number
  /** Undefined where the order ended before its hold was seen. */
  buyer: number | undefined
  key?: string
  units: number[]
  slots: number[]
  epoch: number
  state: 'held' | 'sold' | 'released' | 'refused'
  cause?: 'old-epoch' | 'unit-taken' | 'slot-taken' | 'order-ended'
}
export type Return = { order: number; buyer: number; unit: number; slot: number; done: boolean }
export type StockEvent = { type: 'stock.held' | 'stock.not-recorded'; order: number }

/** Inventory’s tables; services/inventory says in SQL what the functions below do. */
export type Ledger = {
  epoch: number
  /** Redis gave what the ledger refuses: to be rebuilt. */
  heldBack: boolean
  stock: number
  holds: Map<number, Hold>
  returns: Return[]
}

export const newLedger = (stock: number): Ledger => ({
  epoch: 0,
  heldBack: false,
  stock,
  holds: new Map(),
  returns: [],
})

export const isLive = ({ state }: Hold) => state === 'held' || state === 'sold'
export const liveHolds = ({ holds }: Ledger) => [...holds.values()].filter(isLive)

/** record-holds.ts: entries become rows, or refusals on record, in one transaction. Its events. */
export function recordEntries(ledger: Ledger, entries: readonly StockEntry[], off: Off) {
  const events: StockEvent[] = []
  for (const entry of entries) {
    const known = ledger.holds.get(entry.order)
    if (known) settleKnown(ledger, known, entry)
    else events.push(recordNew(ledger, entry, off))
  }
  return events
}

function recordNew(ledger: Ledger, entry: StockEntry, off: Off): StockEvent {
  const { order } = entry
  const cause = causeOfRefusal(ledger, entry, off)
  const { id: _ofTheStream, ...facts } = entry
  if (!cause) {
    ledger.holds.set(order, { ...facts, state: 'held' })
    return { type: 'stock.held', order }
  }
  ledger.holds.set(order, { ...facts, state: 'refused', cause })
  if (cause === 'unit-taken') ledger.heldBack = true // never given back: another order has it
  if (cause === 'slot-taken') owe(ledger, entry)
  return { type: 'stock.not-recorded', order }
}

function causeOfRefusal(ledger: Ledger, { epoch, units, slots, buyer }: StockEntry, off: Off) {
  if (epoch !== ledger.epoch && !off.has('R2')) return 'old-epoch'
  if (units.some((unit) => unit > ledger.stock)) return 'unit-taken'
  const live = liveHolds(ledger)
  if (live.some((hold) => hold.units.some((unit) => units.includes(unit)))) return 'unit-taken'
  const ofBuyer = live.filter((hold) => hold.buyer === buyer).flatMap((hold) => hold.slots)
  return slots.some((slot) => ofBuyer.includes(slot)) ? 'slot-taken' : undefined
}

/** The order is on record: a repeat, or it got other units in Redis, which go back. */
function settleKnown(ledger: Ledger, known: Hold, entry: StockEntry): void {
  const sameUnits = String(known.units) === String(entry.units)
  if (known.buyer !== undefined && sameUnits && known.epoch === entry.epoch) return
  owe(ledger, entry)
}

/** Returns for what Redis gave an order that does not have it; a row that is there stays as it is. */
function owe(ledger: Ledger, { order, buyer, units, slots }: StockEntry): void {
  const hold = ledger.holds.get(order)
  units.forEach((unit, i) => {
    if (hold && isLive(hold) && hold.units.includes(unit)) return
    if (ledger.returns.some((row) => row.order === order && row.unit === unit)) return
    ledger.returns.push({ order, buyer, unit, slot: slots[i] as number, done: false })
  })
}

/** on-order-paid.ts. False for a paid order without live units, which must never be. */
export function sell(ledger: Ledger, order: number): boolean {
  const hold = ledger.holds.get(order)
  if (!hold || !isLive(hold)) return false
  hold.state = 'sold'
  return true
}

/** on-order-cancelled.ts: bars a hold that was not seen yet; else ends it. The units owed to Redis. */
export function release(ledger: Ledger, order: number, off: Off): Return[] {
  const hold = ledger.holds.get(order)
  if (!hold) {
    const barred = { order, buyer: undefined, units: [], slots: [], epoch: 0 }
    ledger.holds.set(order, { ...barred, state: 'refused', cause: 'order-ended' })
    return []
  }
  if (!isLive(hold)) return []
  hold.state = 'released'
  const buyer = hold.buyer as number
  const owed = hold.units.map((unit, i) => {
    return { order, buyer, unit, slot: hold.slots[i] as number, done: false }
  })
  if (off.has('R6b')) return owed // in somebody’s memory alone
  for (const row of owed) {
    const known = ledger.returns.find((one) => one.order === order && one.unit === row.unit)
    if (known) known.done = false
    else ledger.returns.push(row)
  }
  return owed
}

/** What Redis is owed; none while it is held back for a rebuild. */
export const openReturns = ({ returns, heldBack }: Ledger) =>
  heldBack ? [] : returns.filter(({ done }) => !done)

/** What a rebuild reads behind the fence, in one statement. */
export function snapshotOf(ledger: Ledger, off: Off): Snapshot {
  const live = liveHolds(ledger)
  const taken = new Set(live.flatMap(({ units }) => units))
  const last = Math.max(0, ...taken)
  const free: number[] = []
  for (let unit = 1; unit <= last; unit++) if (!taken.has(unit)) free.push(unit)
  const snapshot = { last, free, owners: new Map(), slots: new Map() }
  if (off.has('R4')) return { ...snapshot, orders: new Map(), keys: new Map() }
  for (const { order, buyer, units, slots } of live) {
    units.forEach((unit, i) => {
      snapshot.owners.set(unit, order)
      snapshot.slots.set(`${buyer}:${slots[i]}`, unit)
    })
  }
  return { ...snapshot, ...knownOrders(ledger) }
}

/** Ended and refused ones too (R8); where a refused order shares a key with another, the other counts. */
function knownOrders({ holds }: Ledger): Pick<Snapshot, 'orders' | 'keys'> {
  const all = [...holds.values()].filter(({ buyer }) => buyer !== undefined)
  const refused = all.filter(({ state }) => state === 'refused')
  const orders = new Map<number, number>()
  const keys = new Map<string, number>()
  for (const hold of [...refused, ...all.filter(({ state }) => state !== 'refused')]) {
    orders.set(hold.order, hold.units.length)
    if (hold.key !== undefined) keys.set(`${hold.buyer}:${hold.key}`, hold.order)
  }
  return { orders, keys }
}
