export type CheckoutState = 'open' | 'abandoned' | 'captured' | 'declined' | 'expired'
export type CheckoutInput = 'pay' | 'decline' | 'abandon' | 'expire'

/** A pair that is not here is answered 409. Who walked away can come back and pay until it is expired. */
const table: Record<CheckoutState, Partial<Record<CheckoutInput, CheckoutState>>> = {
  open: { pay: 'captured', decline: 'declined', abandon: 'abandoned', expire: 'expired' },
  abandoned: { pay: 'captured', decline: 'declined', abandon: 'abandoned', expire: 'expired' },
  captured: { pay: 'captured' },
  declined: { decline: 'declined', expire: 'declined' },
  expired: { expire: 'expired' },
}

export function nextCheckoutState(state: CheckoutState, input: CheckoutInput) {
  return table[state][input]
}
