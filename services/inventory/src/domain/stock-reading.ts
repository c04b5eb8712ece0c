import type { StockEntry } from './stock-entry.ts'
import type { UnitRange } from './unit-ranges.ts'

/** Redis' side of a segment at one moment. */
export type RedisStock = {
  epoch: number
  last: number // highest unit number handed out
  stock: number // highest unit number there is
  runId: string
  remembers: boolean // its own run id is the recorded one (R1)
  owners: Map<number, string> // unit -> order id
  free: number[]
  entries: StockEntry[] // not acknowledged yet
}

/** The ledger's side of a segment at one moment. */
export type LedgerStock = {
  epoch: number
  stock: number
  perBuyerLimit: number
  settled: boolean // closed, every unit sold or withdrawn: Redis is not needed any more
  holds: Map<string, LedgerHold> // by order id, refusals too
  units: LedgerUnit[] // live ones
  returns: LedgerReturn[] // not yet given to Redis
  withdrawn: UnitRange[]
}

export type LedgerHold = {
  orderId: string
  buyerId: string | null
  key: string | null
  state: 'held' | 'sold' | 'released' | 'refused'
  quantity: number
  overdue: boolean // still held well after its time limit
}

export type LedgerUnit = { orderId: string; unit: number; buyerId: string; slot: number }
export type LedgerReturn = { orderId: string; unit: number }
