import * as books from '@flashsale/simulation/ledger.ts'
import * as scripts from '@flashsale/simulation/redis-stock.ts'
import type { Stock } from './stock-commands.ts'

const NOW_MS = 1_000_000
const A_MINUTE_MS = 60_000
const allRules = new Set<never>()

type Model = {
  size: { stock: number; perBuyer: number }
  server: scripts.RedisServer
  ledger: books.Ledger
  attempts: Map<number, scripts.Attempt>
  /** Every entry there ever was. */
  entries: scripts.StockEntry[]
  events: string[]
  rebuilds: number
}

/** The stock of the simulation, with every rule, played by hand. */
export function stockModel(size: Model['size']): Stock {
  const server = { runId: 1, nowMs: NOW_MS, memory: scripts.newStock(size) }
  Object.assign(server.memory, { epoch: 1, runId: 1, floor: NOW_MS })
  const ledger = { ...books.newLedger(size.stock), epoch: 1 }
  const none = { attempts: new Map(), entries: [], events: [], rebuilds: 0 }
  const model: Model = { size, server, ledger, ...none }
  return {
    ...gate(model),
    ...ledgerOf(model),
    ...losses(model),
    giveBack: async () => giveBack(model),
    async read() {
      const events = model.events.toSorted()
      return { redis: readRedis(server), ledger: { ...readLedger(ledger), events } }
    },
  }
}

type Some<Name extends keyof Stock> = Pick<Stock, Name>

function gate({ server, attempts, entries }: Model): Some<'reserve' | 'reserveCopy' | 'lookUp'> {
  const reserve = (wanted: scripts.Attempt | undefined) => {
    if (!wanted) return 'no such attempt'
    const written = server.memory.entriesWritten
    const { kind } = scripts.reserve(server, wanted, allRules)
    if (server.memory.entriesWritten > written) entries.push(...server.memory.stream.slice(-1))
    return kind
  }
  return {
    async reserve(order, { buyer, quantity, key, isOld, isLate }) {
      const attempt = {
        order,
        buyer,
        quantity,
        epoch: server.memory.epoch - (isOld ? 1 : 0),
        deadlineMs: isLate ? NOW_MS - A_MINUTE_MS : NOW_MS + A_MINUTE_MS,
        ...(key !== undefined && { key }),
      }
      attempts.set(order, attempt)
      return reserve(attempt)
    },
    reserveCopy: async (order) => reserve(attempts.get(order)),
    async lookUp(order) {
      const wanted = attempts.get(order)
      if (!wanted) return 'no such attempt'
      return scripts.lookUp(server, { ...wanted, epoch: server.memory.epoch }, allRules)
    },
  }
}

function write({ ledger, events }: Model, entries: readonly scripts.StockEntry[]) {
  for (const { type, order } of books.recordEntries(ledger, entries, allRules)) {
    events.push(`${type} ${order}`)
  }
}

function ledgerOf(
  model: Model,
): Some<'sell' | 'release' | 'record' | 'recordFromMemory' | 'recordForged'> {
  const { server, ledger } = model
  return {
    sell: async (order) => void books.sell(ledger, order),
    release: async (order) => void books.release(ledger, order, allRules),
    async record(count) {
      const oldest = server.memory.stream.slice(0, count)
      write(model, oldest)
      scripts.acknowledge(server, oldest, allRules)
    },
    async recordFromMemory(nth) {
      const entry = model.entries[nth % model.entries.length]
      if (entry) write(model, [entry])
    },
    async recordForged(order, { buyer, unit, slot }) {
      write(model, [{ id: 0, epoch: ledger.epoch, order, buyer, units: [unit], slots: [slot] }])
    },
  }
}

function giveBack({ server, ledger }: Model): string {
  const open = books.openReturns(ledger)
  const [first] = open.toSorted((a, b) => a.order - b.order)
  if (!first) return 'nothing to give back'
  const rows = open.filter(({ order }) => order === first.order).toSorted((a, b) => a.unit - b.unit)
  const said = scripts.giveBack(server, { ...first, epoch: ledger.epoch, held: rows }, allRules)
  if (said.kind !== 'returned') return said.kind
  for (const row of rows) row.done = true
  return `returned ${said.count}`
}

function losses(model: Model): Some<'forget' | 'loseAll' | 'rebuild'> {
  const { server, ledger } = model
  return {
    async forget() {
      server.runId++
    },
    async loseAll() {
      server.runId++
      server.memory = scripts.newStock(model.size)
    },
    async rebuild() {
      const { memory, runId } = server
      const isWell = memory.runId === runId && memory.epoch === ledger.epoch
      if (isWell && !ledger.heldBack) return
      const mark = ++model.rebuilds
      scripts.refuse(server, ledger.epoch, mark)
      write(model, memory.stream)
      ledger.epoch++
      ledger.heldBack = false
      const snapshot = books.snapshotOf(ledger, allRules)
      scripts.install(server, { epoch: ledger.epoch, snapshot, runId, mark })
    },
  }
}

function readRedis({ runId, memory }: scripts.RedisServer) {
  const { epoch, last, free, owners, slots, orders, keys, stream } = memory
  return {
    epoch,
    remembers: memory.runId === runId,
    last,
    free: [...free],
    owners: [...owners].toSorted(),
    slots: [...slots].toSorted(),
    orders: [...orders.keys()].toSorted((a, b) => a - b),
    keys: [...keys].toSorted(),
    stream: stream.map(({ order, buyer, units, slots, epoch }) => {
      return { order, buyer, units, slots, epoch }
    }),
  }
}

function readLedger({ epoch, heldBack, holds, returns }: books.Ledger) {
  const rows = [...holds.values()].toSorted((a, b) => a.order - b.order)
  return {
    epoch,
    heldBack,
    holds: rows.map(({ order, state, cause = '', units, epoch }) => {
      return { order, state, cause, units, epoch }
    }),
    returns: returns
      .map(({ order, unit, slot, done }) => ({ order, unit, slot, done }))
      .toSorted((a, b) => a.order - b.order || a.unit - b.unit),
  }
}
