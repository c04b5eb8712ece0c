import type { PaymentBody } from '@flashsale/contracts/http/payment.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import type { Bank } from '../clients/bank.ts'
import { announceUnsettled } from '../db/callbacks.ts'
import { findPayments, insertPayment, setCheckout } from '../db/payments.ts'
import { paymentIdOf } from '../domain/payment-id.ts'
import { openStates } from '../domain/payment-state.ts'

type Deps = {
  db: Db
  bank: Bank
  checkBackMs: number
  /** None is made then; one that was made before can be ended. */
  areClosed: boolean
}

/**
 * The row is committed before the bank hears of it (R12): whatever happens after that, check-back
 * knows what to ask about. A call that got no answer is made again by the next demand.
 */
export async function openPayment(deps: Deps, wanted: PaymentBody) {
  const { db, bank, checkBackMs, areClosed } = deps
  const id = paymentIdOf(wanted.orderId)
  if (areClosed && (await findPayments(db, [id])).length === 0) {
    return { kind: 'payments-closed' } as const
  }
  await insertPayment(db, { ...wanted, id, checkBackMs })
  const [payment] = await findPayments(db, [id])
  if (!payment || payment.orderCancelled || !openStates.includes(payment.state)) {
    return { kind: 'not-payable' } as const
  }
  const { orderId, amountMinor, currency } = payment
  if (amountMinor !== wanted.amountMinor || currency !== wanted.currency) {
    throw new Fault('payment.other-amount', 'an order asked for two amounts', { id, orderId })
  }
  // After the row's commit: a callback that looked for it before is found here, one that comes
  // later finds the row.
  await db.tx((tx) => announceUnsettled(tx, id, orderId))

  const known = payment.checkoutUrl
  if (known) return { kind: 'open', paymentId: id, checkoutUrl: known, amountMinor } as const
  const opened = await bank.open({ paymentId: id, amountMinor, currency })
  if (opened.kind === 'unknown') return opened
  const { checkoutUrl } = opened
  await setCheckout(db, id, checkoutUrl)
  return { kind: 'open', paymentId: id, checkoutUrl, amountMinor } as const
}
