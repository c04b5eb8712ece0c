import type { Tx } from '@flashsale/service-kit/db.ts'
import type { Segment, SegmentAt } from '../domain/segment.ts'

const STOPPED_MS_MAX = 2_000 // a writer that stands still in here keeps a rebuild waiting

/** What the ledger writer needs of a segment, under its fence. */
export type FencedSegment = {
  epoch: number
  stock: number
  priceMinor: number
  currency: string
  paymentWindowSeconds: number
  hasWithdrawals: boolean
}

type Lock = 'share' | 'update'

/**
 * In front of each lock on a segment's row: those who share a row pass one who waits to have it alone,
 * and with two batches under way there is always one who shares it. This line is kept in order.
 */
export async function lineUp(tx: Tx, { saleId, segment }: Segment, lock: Lock): Promise<void> {
  const lockUntilTheEnd = `pg_advisory_xact_lock${lock === 'share' ? '_shared' : ''}`
  await tx.query({
    name: `line-up-${lock}`,
    text: `select set_config('idle_in_transaction_session_timeout', '${STOPPED_MS_MAX}', true),
                  ${lockUntilTheEnd}(hashtextextended($1, $2))`,
    values: [`segment ${saleId}`, segment],
  })
}

/**
 * R2: the writer's transaction begins here. `share` waits for a raise of the epoch and holds the next
 * one back until this transaction ends; `update` keeps all other writers out as well.
 */
export async function fence(tx: Tx, segment: Segment, lock: Lock) {
  await lineUp(tx, segment, lock)
  const { rows } = await tx.query<FencedSegment>({
    name: `fence-${lock}`,
    text: `select epoch, stock, price_minor as "priceMinor", currency,
                  payment_window_seconds as "paymentWindowSeconds",
                  exists (select from withdrawals w where w.sale_id = s.sale_id
                          and w.segment = s.segment) as "hasWithdrawals"
           from segments s join sales on sales.id = s.sale_id
           where s.sale_id = $1 and s.segment = $2 for ${lock} of s`,
    values: [segment.saleId, segment.segment],
  })
  return rows[0]
}

/** Why a segment is held back that no rebuild may touch: it is for a person (R18). */
export const LEDGER_BEHIND = 'ledger-behind' as const

/**
 * Asks for a rebuild: until it the segment sells nothing. What the ledger refused for its unit (R5d),
 * or drift seen twice (R10), shows that Redis is wrong.
 */
export async function holdBack(tx: Tx, segment: Segment, why: string) {
  await tx.query({
    name: 'hold-segment-back',
    text: `update segments set held_back = $3 where sale_id = $1 and segment = $2
             and held_back is distinct from $4`,
    values: [segment.saleId, segment.segment, why, LEDGER_BEHIND],
  })
}

/** As `holdBack`, if the segment is still at the epoch that was read. */
export async function holdBackAt(tx: Tx, at: SegmentAt, why: string): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: 'hold-segment-back-at',
    text: `update segments set held_back = $4
           where sale_id = $1 and segment = $2 and epoch = $3 and held_back is null`,
    values: [at.saleId, at.segment, at.epoch, why],
  })
  return rowCount === 1
}
