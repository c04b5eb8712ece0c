import { PaymentRefunded } from '@flashsale/contracts/events/payment-refunded.ts'
import { addToOutbox } from '@flashsale/messaging/outbox.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { inSteps } from '@flashsale/tracing/spans.ts'
import type { Bank } from '../clients/bank.ts'
import { type ClaimedRefund, claimRefunds, finishRefund } from '../db/refunds.ts'
import { metrics } from '../metrics.ts'
import { inParallel } from './in-parallel.ts'

const BATCH_MAX = 100
const CALLS_AT_ONCE = 8

type Deps = { db: Db; bank: Bank }

/** Sends money back; the refund's id makes a call whose answer was lost safe to make again. */
export async function sendRefunds(deps: Deps): Promise<boolean> {
  const refunds = await claimRefunds(deps.db, BATCH_MAX)
  await inParallel(refunds, CALLS_AT_ONCE, (refund) =>
    inSteps([{ name: 'refund', orderId: refund.orderId }], () => sendRefund(deps, refund)),
  )
  return refunds.length === BATCH_MAX
}

async function sendRefund({ db, bank }: Deps, { id, currency, ...refund }: ClaimedRefund) {
  const { paymentId, orderId, amountMinor } = refund
  const result = await bank.refund({ refundId: id, paymentId, amountMinor })
  if (result !== 'done') return // comes again after a pause
  const finished = await db.tx(async (tx) => {
    if (!(await finishRefund(tx, id))) return false
    await addToOutbox(tx, PaymentRefunded, [{ orderId, paymentId, amountMinor }])
    return true
  })
  if (finished) metrics.refunded.inc({ currency }, amountMinor)
}
