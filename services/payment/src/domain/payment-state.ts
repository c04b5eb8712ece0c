export type PaymentState = 'created' | 'in-progress' | 'captured' | 'declined' | 'abandoned'
/** What the bank says of a checkout when nothing more will come of it. */
export type BankWord = 'captured' | 'declined' | 'expired'

/**
 * Money is money whenever it comes: a capture counts after a refusal and after we gave up. Nothing
 * undoes a capture.
 */
const table: Record<PaymentState, Partial<Record<BankWord, PaymentState>>> = {
  created: { captured: 'captured', declined: 'declined', expired: 'abandoned' },
  'in-progress': { captured: 'captured', declined: 'declined', expired: 'abandoned' },
  declined: { captured: 'captured' },
  abandoned: { captured: 'captured' },
  captured: {},
}

/** Where a payment goes on this word, and from which states: the condition of the update. */
export function moveOn(word: BankWord) {
  const states = Object.keys(table) as PaymentState[]
  const from = states.filter((state) => table[state][word] !== undefined)
  return { from, to: table.created[word] as PaymentState }
}

/** Not final: the bank is asked until it is (R12). */
export const openStates: PaymentState[] = ['created', 'in-progress']
