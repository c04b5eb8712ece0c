import { PaymentRefunded } from '@flashsale/contracts/events/payment-refunded.ts'
import { addToOutbox } from '@flashsale/messaging/outbox.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import type { Bank } from '../clients/bank.ts'
import { claimRefunds, finishRefund } from '../db/refunds.ts'
import { metrics } from '../metrics.ts'
import { inParallel } from './in-parallel.ts'

const BATCH_MAX = 100
const CALLS_AT_ONCE = 8

/** Sends money back; the refund's id makes a call whose answer was lost safe to make again. */
export async function sendRefunds({ db, bank }: { db: Db; bank: Bank }): Promise<boolean> {
  const refunds = await claimRefunds(db, BATCH_MAX)
  await inParallel(refunds, CALLS_AT_ONCE, async ({ id, currency, ...refund }) => {
    const { paymentId, orderId, amountMinor } = refund
    const result = await bank.refund({ refundId: id, paymentId, amountMinor })
    if (result !== 'done') return // comes again after a pause
    const finished = await db.tx(async (tx) => {
      if (!(await finishRefund(tx, id))) return false
      await addToOutbox(tx, PaymentRefunded, [{ orderId, paymentId, amountMinor }])
      return true
    })
    if (finished) metrics.refunded.inc({ currency }, amountMinor)
  })
  return refunds.length === BATCH_MAX
}
