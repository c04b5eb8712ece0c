import { z } from 'zod'
import { SaleId } from '../ids.ts'

const count = z.int().nonnegative()

/** One broken line of the books, named, with what is needed to find it. */
export const AuditFault = z.object({
  name: z.string(),
  count,
  examples: z.array(z.record(z.string(), z.unknown())), // at most ten
})
export type AuditFault = z.infer<typeof AuditFault>

/** The books of one sale, read while it runs: CONTRACT.md section 4. Units, money in minor units. */
export const Audit = z.object({
  saleId: SaleId,
  stock: count,
  available: count,
  held: count,
  sold: count,
  withdrawn: count,
  inFlight: count,
  drift: count,
  oversold: count,
  orphans: count,
  overLimit: count,
  unsettledPayments: count,
  overdue: count,
  money: z.object({
    capturedMinor: count,
    paidMinor: count,
    toBeRefundedMinor: count,
    refundedMinor: count,
    settlingMinor: count, // captured less than a minute ago, not yet seen by its order
  }),
  readings: count, // how often the books were read: again when Redis' epoch changed in between
  faults: z.array(AuditFault),
  exact: z.boolean(),
})
export type Audit = z.infer<typeof Audit>
