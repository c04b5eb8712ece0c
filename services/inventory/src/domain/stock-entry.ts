import type { OrderId } from '@flashsale/contracts/ids.ts'
import type { UnitRange } from './unit-ranges.ts'

/** What the ledger writer reads: each entry was written in the same step as what it tells. */
export type StockEntry = HoldEntry | WithdrawalEntry | { kind: 'deleted'; id: string }

export type HoldEntry = {
  kind: 'hold'
  id: string // of the stream: milliseconds of Redis' clock, a dash, a number
  epoch: number
  orderId: OrderId
  buyerId: string
  key: string // '' when the buyer sent none
  fingerprint: string
  held: { unit: number; slot: number }[]
}

export type WithdrawalEntry = {
  kind: 'withdrawal'
  id: string
  epoch: number
  operation: string
  ranges: UnitRange[]
}

/** When the entry was written, in Redis' time. */
export const writtenAtMs = (entryId: string) => Number(entryId.split('-')[0])
