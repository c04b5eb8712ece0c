import { PaymentCallbackStored } from '@flashsale/contracts/events/payment-callback-stored.ts'
import { PaymentCaptured } from '@flashsale/contracts/events/payment-captured.ts'
import { PaymentCaptured2 } from '@flashsale/contracts/events/payment-captured-2.ts'
import { PaymentDeclined } from '@flashsale/contracts/events/payment-declined.ts'
import { consumer } from '@flashsale/messaging/consumer.ts'
import { addToOutbox } from '@flashsale/messaging/outbox.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import { settleCallbacks, unsettledCallbacks } from '../db/callbacks.ts'
import { findPayments, type Moved, movePayments, type Payment } from '../db/payments.ts'
import { type BankMessage, canBePaymentId, readBankMessage } from '../domain/bank-message.ts'
import { outcomeOf } from '../domain/callback-outcome.ts'
import type { BankWord } from '../domain/payment-state.ts'
import { metrics } from '../metrics.ts'

type Said = BankMessage & { callbackId: string }

export type CapturedVersion = '1' | '2'

/** `version` of `payment.captured` is what every reader of it knows. */
export const onPaymentCallbackStored = (version: CapturedVersion) =>
  consumer(PaymentCallbackStored, async ({ tx }, events) => {
    const callbackIds = events.map(({ data }) => data.callbackId)
    await settle(tx, callbackIds, version)
  })

/**
 * Settles what the bank said. Copies, late ones and those out of turn meet the conditional update:
 * only the one that moves the payment writes an event.
 */
async function settle(tx: Tx, callbackIds: string[], version: CapturedVersion) {
  const callbacks = await unsettledCallbacks(tx, callbackIds)
  const said = callbacks.flatMap(({ id, body }): Said[] => {
    const message = readBankMessage(body)
    return message ? [{ ...message, callbackId: id }] : []
  })

  const captured = await move(tx, 'captured', said) // first: a capture wins over a refusal beside it
  const declined = await move(tx, 'declined', said)
  const expired = await move(tx, 'expired', said)
  if (version === '2') await addToOutbox(tx, PaymentCaptured2, captured.payments.map(toCaptured2))
  else await addToOutbox(tx, PaymentCaptured, captured.payments.map(toCaptured))
  await addToOutbox(tx, PaymentDeclined, declined.payments.map(toDeclined))

  const movers = new Set([captured, declined, expired].flatMap(({ movedBy }) => movedBy))
  const ids = said.map(({ paymentId }) => paymentId).filter(canBePaymentId)
  const payments = new Map<string, Payment>()
  for (const payment of await findPayments(tx, ids)) payments.set(payment.id, payment)
  const settled = said.map((message) => {
    const moved = movers.has(message.callbackId)
    const outcome = outcomeOf(message, moved, payments.get(message.paymentId))
    return { id: message.callbackId, outcome }
  })
  await settleCallbacks(tx, settled)
  for (const { outcome } of settled) metrics.callbacks.inc({ outcome })
  for (const { currency, capturedMinor } of captured.payments) {
    metrics.captured.inc({ currency }, capturedMinor)
  }
}

/** One message a payment: of several that say the same the first one counts. */
async function move(tx: Tx, word: BankWord, said: Said[]) {
  const first = new Map<string, Said>()
  for (const message of said) {
    if (message.word !== word || !canBePaymentId(message.paymentId)) continue
    if (!first.has(message.paymentId)) first.set(message.paymentId, message)
  }
  const payments = await movePayments(tx, word, [...first.values()])
  const movedBy = payments.map(({ id }) => first.get(id)?.callbackId)
  return { payments, movedBy }
}

const toCaptured = ({ id, orderId, capturedMinor, currency }: Moved) => ({
  orderId,
  paymentId: id,
  amountMinor: capturedMinor,
  currency,
})

const toCaptured2 = (moved: Moved) => ({
  ...toCaptured(moved),
  capturedAt: moved.capturedAt.toISOString(),
})

const toDeclined = ({ id, orderId }: Moved) => ({ orderId, paymentId: id })
