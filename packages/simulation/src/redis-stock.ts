import type { Off } from './rules.ts'

/** What Redis has of a sale with one segment; services/inventory/src/redis says it in Lua. */
export type RedisStock = {
  epoch: number
  /** Of the server that was given this stock; 0 while a rebuild has it refuse. */
  runId: number
  /** Of the rebuild under way. */
  mark: number
  stock: number
  perBuyer: number
  /** The highest unit number handed out. */
  last: number
  /** Attempts whose deadline is not above it are refused. */
  floor: number
  /** Units that came back, the next to be sold first. */
  free: number[]
  /** Unit → order. */
  owners: Map<number, number>
  /** `buyer:slot` → unit. */
  slots: Map<string, number>
  /** Every order there ever was → quantity. */
  orders: Map<number, number>
  /** `buyer:key` → order. */
  keys: Map<string, number>
  stream: StockEntry[]
  entriesWritten: number
}

export type StockEntry = {
  id: number
  epoch: number
  order: number
  buyer: number
  key?: string
  units: number[]
  slots: number[]
}

/** One Redis; a restart makes it another one, with what was on disk. */
export type RedisServer = { runId: number; nowMs: number; memory: RedisStock }

export type Attempt = {
  order: number
  buyer: number
  key?: string
  quantity: number
  /** The epoch that the gateway knew. */
  epoch: number
  /** In Redis’ time. */
  deadlineMs: number
}

export type Reserved =
  | { kind: 'held' | 'forgot' | 'old-epoch' | 'late' | 'limit-reached' | 'sold-out' }
  | { kind: 'repeated'; order: number }

export function newStock({ stock, perBuyer }: { stock: number; perBuyer: number }): RedisStock {
  return {
    epoch: 0,
    runId: 0,
    mark: 0,
    stock,
    perBuyer,
    last: 0,
    floor: 0,
    free: [],
    owners: new Map(),
    slots: new Map(),
    orders: new Map(),
    keys: new Map(),
    stream: [],
    entriesWritten: 0,
  }
}

const remembers = ({ runId, memory }: RedisServer, off: Off) =>
  memory.runId === runId || (off.has('R1') && memory.runId !== 0)

/** reserve.lua, for one attempt: all it wants, or nothing. */
export function reserve(server: RedisServer, attempt: Attempt, off: Off): Reserved {
  const { memory: stock, nowMs } = server
  const { order, buyer, key, quantity, epoch, deadlineMs } = attempt
  if (!remembers(server, off)) return { kind: 'forgot' }
  if (stock.orders.has(order)) return { kind: 'held' } // a copy of it
  if (epoch !== stock.epoch) return { kind: 'old-epoch' }
  if (nowMs > deadlineMs || deadlineMs <= stock.floor) return { kind: 'late' }
  const known = key === undefined ? undefined : stock.keys.get(`${buyer}:${key}`)
  if (known !== undefined) return { kind: 'repeated', order: known }
  const empty = emptySlots(stock, buyer, quantity)
  if (!empty) return { kind: 'limit-reached' }
  if (stock.free.length + stock.stock - stock.last < quantity) return { kind: 'sold-out' }

  const back = stock.free.splice(0, quantity)
  const units = empty.map((_, i) => back[i] ?? ++stock.last)
  units.forEach((unit, i) => {
    stock.owners.set(unit, order)
    stock.slots.set(`${buyer}:${empty[i]}`, unit)
  })
  stock.orders.set(order, quantity)
  if (key !== undefined) stock.keys.set(`${buyer}:${key}`, order)
  const id = ++stock.entriesWritten
  const entry = { id, epoch, order, buyer, units, slots: empty }
  stock.stream.push(key === undefined ? entry : { ...entry, key })
  return { kind: 'held' }
}

/** The lowest slots that the buyer has left. */
function emptySlots({ slots, perBuyer }: RedisStock, buyer: number, quantity: number) {
  const empty: number[] = []
  for (let slot = 1; slot <= perBuyer && empty.length < quantity; slot++) {
    if (!slots.has(`${buyer}:${slot}`)) empty.push(slot)
  }
  return empty.length === quantity ? empty : undefined
}

export type GivenBack = {
  order: number
  buyer: number
  epoch: number
  held: { unit: number; slot: number }[]
}

/** return-units.lua: running it again changes nothing. */
export function giveBack(server: RedisServer, wanted: GivenBack, off: Off) {
  const { memory: stock } = server
  const { order, buyer, epoch, held } = wanted
  if (off.has('R7')) {
    if (stock.epoch === 0) return { kind: 'old-epoch' } as const // it has no sale at all
  } else if (!remembers(server, off)) return { kind: 'forgot' } as const
  else if (epoch !== stock.epoch) return { kind: 'old-epoch' } as const

  let count = 0
  for (const { unit, slot } of held) {
    if (!off.has('R6a') && stock.owners.get(unit) !== order) continue
    stock.owners.delete(unit)
    stock.free.push(unit)
    count++
    const name = `${buyer}:${slot}`
    if (off.has('R6a') || stock.slots.get(name) === unit) stock.slots.delete(name)
  }
  if (off.has('R8')) forgetOrder(stock, order)
  return { kind: 'returned', count } as const
}

function forgetOrder(stock: RedisStock, order: number) {
  stock.orders.delete(order)
  for (const [name, of] of stock.keys) if (of === order) stock.keys.delete(name)
}

/** look-up.lua: `absent` has barred the id. */
export function lookUp(
  server: RedisServer,
  { order, deadlineMs, epoch }: Pick<Attempt, 'order' | 'deadlineMs' | 'epoch'>,
  off: Off,
) {
  const { memory: stock, nowMs } = server
  if (!remembers(server, off)) return 'forgot'
  if (stock.epoch !== epoch) return 'old-epoch'
  if (stock.orders.has(order)) return 'held'
  if (nowMs <= deadlineMs) return 'too-early'
  if (!off.has('R9')) stock.floor = Math.max(stock.floor, deadlineMs)
  return 'absent'
}

/** acknowledge.lua. */
export function acknowledge(server: RedisServer, entries: StockEntry[], off: Off): void {
  const { memory: stock } = server
  const epoch = entries[0]?.epoch
  if (!remembers(server, off) || stock.epoch !== epoch) return // that stream is not in use
  const ids = new Set(entries.map(({ id }) => id))
  stock.stream = stock.stream.filter(({ id }) => !ids.has(id))
}

/** refuse.lua: no stock script answers from here on. */
export function refuse({ memory: stock }: RedisServer, ledgerEpoch: number, mark: number): void {
  if (stock.epoch > ledgerEpoch) return
  stock.runId = 0
  stock.mark = mark
}

export type Snapshot = Pick<RedisStock, 'last' | 'free' | 'owners' | 'slots' | 'orders' | 'keys'>
type Switch = { epoch: number; snapshot: Snapshot; runId: number; mark: number }

/** install.lua: only if it is above the epoch in use, on the server that was filled, by the same rebuild. */
export function install(server: RedisServer, { epoch, snapshot, runId, mark }: Switch): boolean {
  const { memory: stock, nowMs } = server
  if (stock.epoch >= epoch || runId !== server.runId || mark !== stock.mark) return false
  Object.assign(stock, snapshot, { epoch, mark: 0, floor: nowMs, runId: server.runId, stream: [] })
  return true
}
