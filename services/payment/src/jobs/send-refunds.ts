import { PaymentRefunded } from '@flashsale/contracts/events/payment-refunded.ts'
import { addToOutbox } from '@flashsale/messaging/outbox.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { inSteps } from '@flashsale/tracing/spans.ts'
import { Gauge } from 'prom-client'
import type { Bank } from '../clients/bank.ts'
import { claimRefunds, countStuckRefunds, finishRefund, type Refund } from '../db/refunds.ts'
import { inParallel } from './in-parallel.ts'

const BATCH_MAX = 100
const CALLS_AT_ONCE = 8

/** Sends money back; the refund's id makes a call whose answer was lost safe to make again. */
export async function sendRefunds({ db, bank }: { db: Db; bank: Bank }): Promise<boolean> {
  const refunds = await claimRefunds(db, BATCH_MAX)
  await inParallel(refunds, CALLS_AT_ONCE, (refund) => {
    const step = { name: 'refund', orderId: refund.orderId }
    return inSteps([step], () => sendRefund({ db, bank }, refund))
  })
  return refunds.length === BATCH_MAX
}

async function sendRefund({ db, bank }: { db: Db; bank: Bank }, refund: Refund) {
  const { id, paymentId, orderId, amountMinor } = refund
  const result = await bank.refund({ refundId: id, paymentId, amountMinor })
  if (result !== 'done') return // comes again after a pause
  await db.tx(async (tx) => {
    if (!(await finishRefund(tx, id))) return
    await addToOutbox(tx, PaymentRefunded, [{ orderId, paymentId, amountMinor }])
  })
}

/** Must be 0: a stuck refund is tried on, but a person should look. */
export function watchStuckRefunds(db: Db) {
  return new Gauge({
    name: 'payment_refunds_stuck',
    help: 'Refunds that the bank has not taken after many attempts',
    async collect() {
      // Without its database it keeps its last value: all other metrics are told all the same.
      await countStuckRefunds(db).then(
        (count) => this.set(count),
        () => {},
      )
    },
  })
}
