import type { SaleId } from '@flashsale/contracts/ids.ts'

/** One part of a sale's stock, with its own keys in Redis and its own fence in the ledger. */
export type Segment = { saleId: SaleId; segment: number }

/** A segment at the epoch that its keys in Redis are named by. */
export type SegmentAt = Segment & { epoch: number }

/** What the sale's hash says of a segment, as the ledger knows it. Times in ms since 1970. */
export type SegmentHead = {
  last: number // highest unit number handed out or withdrawn so far: all above it are free
  stock: number
  stockVersion: number
  opensAtMs: number
  closesAtMs: number
  phase: string
  phaseVersion: number
  perBuyerLimit: number
}
