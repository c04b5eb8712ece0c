import type { Db } from '@flashsale/service-kit/db.ts'
import type { Bank } from '../clients/bank.ts'
import { claimForExpiry } from '../db/open-payments.ts'
import { storeAnswer } from './check-back.ts'
import { inParallel } from './in-parallel.ts'

const BATCH_MAX = 200
const CALLS_AT_ONCE = 8
const AGAIN_AFTER_MS = 5000

type Deps = { db: Db; bank: Bank; afterSeconds: number }

/** Ends the checkouts of long cancelled orders. One that is captured is left to check-back. */
export async function expireCheckouts({ db, bank, afterSeconds }: Deps): Promise<boolean> {
  const claim = { everyMs: AGAIN_AFTER_MS, max: BATCH_MAX, afterSeconds }
  const payments = await claimForExpiry(db, claim)
  await inParallel(payments, CALLS_AT_ONCE, async (payment) => {
    const { id: paymentId, amountMinor, currency } = payment
    let answer = await bank.expire(paymentId)
    if (answer.kind === 'unknown-checkout') {
      // Our call to open it never arrived, or has yet to: opened here, it can be ended for good.
      await bank.open({ paymentId, amountMinor, currency })
      answer = await bank.expire(paymentId)
    }
    if (answer.kind === 'known') await storeAnswer(db, payment, answer.checkout)
  })
  return payments.length === BATCH_MAX
}
