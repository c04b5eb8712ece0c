import type { SaleId } from '@flashsale/contracts/ids.ts'

/** One part of a sale's stock, with its own keys in Redis and its own fence in the ledger. */
export type Segment = { saleId: SaleId; segment: number }

/** A segment at the epoch that its keys in Redis are named by. */
export type SegmentAt = Segment & { epoch: number }
