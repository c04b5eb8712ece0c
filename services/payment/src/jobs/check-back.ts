import type { Db } from '@flashsale/service-kit/db.ts'
import { inSteps } from '@flashsale/tracing/spans.ts'
import type { Bank, CheckoutView } from '../clients/bank.ts'
import { storeCallback } from '../db/callbacks.ts'
import { claimForCheckBack, type OpenPayment } from '../db/open-payments.ts'
import { inParallel } from './in-parallel.ts'

const BATCH_MAX = 200
const CALLS_AT_ONCE = 16
const ENDS = ['captured', 'declined', 'expired']

type Deps = { db: Db; bank: Bank; everyMs: number }

/**
 * Asks the bank about each payment that is not final, until it is (R12): callbacks get lost. No
 * transaction is open during the call.
 */
export async function checkBack({ db, bank, everyMs }: Deps): Promise<boolean> {
  const payments = await claimForCheckBack(db, { everyMs, max: BATCH_MAX })
  await inParallel(payments, CALLS_AT_ONCE, (payment) =>
    inSteps([{ name: 'check back', orderId: payment.orderId }], async () => {
      const answer = await bank.ask(payment.id)
      if (answer.kind === 'known') await storeAnswer(db, payment, answer.checkout)
    }),
  )
  return payments.length === BATCH_MAX
}

type Asked = Omit<OpenPayment, 'orderId'>

/** An end that the bank told us goes the way of a callback: one road to settle on. */
export async function storeAnswer(db: Db, payment: Asked, checkout: CheckoutView) {
  const { state, capturedMinor: amountMinor } = checkout
  if (!ENDS.includes(state)) return
  const { id: paymentId, currency } = payment
  const body = Buffer.from(JSON.stringify({ paymentId, state, amountMinor, currency }))
  await db.tx((tx) => storeCallback(tx, { provider: 'bank-check-back', body, signature: '' }))
}
