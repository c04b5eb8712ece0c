import type { Db } from '@flashsale/service-kit/db.ts'
import { fence, holdBack } from '../db/segments.ts'
import { insertWithdrawal, isBarred } from '../db/withdrawals.ts'
import type { Segment } from '../domain/segment.ts'
import type { WithdrawalEntry } from '../domain/stock-entry.ts'

/**
 * Units that left Redis unsold become `withdrawn` (R19), with all other writers kept out. An entry
 * of an older epoch has no effect: its units are free again since the rebuild.
 */
export async function recordWithdrawal(db: Db, segment: Segment, entry: WithdrawalEntry) {
  return db.tx(async (tx) => {
    const fenced = await fence(tx, segment, 'update')
    if (!fenced || fenced.epoch !== entry.epoch) return { kind: 'old-epoch' } as const
    if (await isBarred(tx, segment, entry)) {
      await holdBack(tx, segment, 'unit-taken')
      return { kind: 'barred' } as const
    }
    await insertWithdrawal(tx, segment, entry)
    return { kind: 'recorded' } as const
  })
}
