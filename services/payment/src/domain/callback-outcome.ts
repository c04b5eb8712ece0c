import type { BankMessage } from './bank-message.ts'
import { moveOn, type PaymentState } from './payment-state.ts'

export type Outcome =
  | 'captured'
  | 'declined'
  | 'expired'
  | 'repeated'
  | 'contradicts' // another amount or currency than on record: for a person to look at
  | 'ignored'
  | 'unknown-payment'
  | 'malformed'

type Known = { state: PaymentState; capturedMinor: number | null }

/** What a callback came to. `moved`: this one changed the payment; `payment` is read after it. */
export function outcomeOf(message: BankMessage, moved: boolean, payment?: Known): Outcome {
  const { word, amountMinor } = message
  if (!payment) return 'unknown-payment'
  if (moved) return word
  if (word === 'captured') {
    return payment.capturedMinor === amountMinor ? 'repeated' : 'contradicts'
  }
  return payment.state === moveOn(word).to ? 'repeated' : 'ignored'
}
