/** What the bank knows: built from the journal, changed only through it. */
import { randomUUID } from 'node:crypto'
import { type CheckoutInput, type CheckoutState, nextCheckoutState } from './checkout-state.ts'
import type { Call, Entry, Journal } from './journal.ts'

export type Checkout = {
  paymentId: string
  amountMinor: number
  currency: string
  callbackUrl: string
  state: CheckoutState
  capturedMinor: number
  refundedMinor: number
  capturedAt?: string
}
export type Refund = { refundId: string; paymentId: string; amountMinor: number; at: string }
export type PendingCall = { call: Call; at: string; checkout: Checkout }

/** How the bank shall misbehave in telling what happened. */
export type Trouble = {
  copies?: number | undefined
  delayMs?: number | undefined
  amountMinor?: number | undefined
  badSignature?: boolean | undefined
  neverCall?: boolean | undefined
}
type NewCheckout = Pick<Checkout, 'paymentId' | 'amountMinor' | 'currency' | 'callbackUrl'>
type Played = { kind: 'unknown-checkout' } | { kind: 'conflict' | 'ok'; checkout: Checkout }

export function createBook(journal: Journal, onCall: (pending: PendingCall) => void) {
  const book = rebuild(journal.entries)
  const now = () => new Date().toISOString()
  const record = (entry: Entry) => {
    journal.append(entry)
    apply(book, entry)
  }

  return {
    checkout: (paymentId: string) => book.checkouts.get(paymentId),
    refund: (refundId: string) => book.refunds.get(refundId),
    captures: () => [...book.checkouts.values()].filter(({ capturedAt }) => capturedAt),
    refunds: () => [...book.refunds.values()],
    pendingCalls: () => [...book.calls.values()],

    open(wanted: NewCheckout) {
      const known = book.checkouts.get(wanted.paymentId)
      if (!known) record({ kind: 'opened', at: now(), ...wanted })
      const same =
        !known || (known.amountMinor === wanted.amountMinor && known.currency === wanted.currency)
      return same ? ('ok' as const) : ('conflict' as const)
    },

    /** The buyer does something at the checkout page, or the shop ends it. */
    play(paymentId: string, input: CheckoutInput, trouble: Trouble = {}): Played {
      const checkout = book.checkouts.get(paymentId)
      if (!checkout) return { kind: 'unknown-checkout' }
      const next = nextCheckoutState(checkout.state, input)
      if (!next) return { kind: 'conflict', checkout }
      if (next === checkout.state) return { kind: 'ok', checkout }

      const at = now()
      const call = newCall(trouble)
      const amountMinor = trouble.amountMinor ?? checkout.amountMinor
      if (next === 'captured') record({ kind: next, at, paymentId, amountMinor, call })
      else if (next === 'declined') record({ kind: next, at, paymentId, call })
      else if (next !== 'open') record({ kind: next, at, paymentId })
      const pending = call && book.calls.get(call.callbackId)
      if (pending) onCall(pending)
      return { kind: 'ok', checkout }
    },

    called(pending: PendingCall) {
      const { paymentId } = pending.checkout
      record({ kind: 'called', at: now(), paymentId, callbackId: pending.call.callbackId })
    },

    /** Never more goes back than came, and a refund id is used once. */
    giveBack(wanted: { refundId: string; paymentId: string; amountMinor: number }) {
      const known = book.refunds.get(wanted.refundId)
      if (known) {
        const same =
          known.paymentId === wanted.paymentId && known.amountMinor === wanted.amountMinor
        return same ? ('ok' as const) : ('conflict' as const)
      }
      const checkout = book.checkouts.get(wanted.paymentId)
      if (!checkout) return 'unknown-checkout' as const
      if (checkout.refundedMinor + wanted.amountMinor > checkout.capturedMinor) {
        return 'conflict' as const
      }
      record({ kind: 'refunded', at: now(), ...wanted })
      return 'ok' as const
    },
  }
}
export type Book = ReturnType<typeof createBook>

function newCall({ copies = 1, delayMs = 0, badSignature = false, neverCall }: Trouble) {
  if (neverCall) return undefined
  const firstAt = new Date(Date.now() + delayMs).toISOString()
  return { callbackId: randomUUID(), copies, firstAt, badSignature }
}

const toRefund = ({ refundId, paymentId, amountMinor, at }: Refund) => ({
  refundId,
  paymentId,
  amountMinor,
  at,
})

type Pages = {
  checkouts: Map<string, Checkout>
  refunds: Map<string, Refund>
  calls: Map<string, PendingCall>
}

function rebuild(entries: Entry[]): Pages {
  const pages: Pages = { checkouts: new Map(), refunds: new Map(), calls: new Map() }
  for (const entry of entries) apply(pages, entry)
  return pages
}

function apply({ checkouts, refunds, calls }: Pages, entry: Entry) {
  const { at, paymentId } = entry
  if (entry.kind === 'opened') {
    const { amountMinor, currency, callbackUrl } = entry
    const empty = { state: 'open', capturedMinor: 0, refundedMinor: 0 } as const
    checkouts.set(paymentId, { paymentId, amountMinor, currency, callbackUrl, ...empty })
    return
  }
  const checkout = checkouts.get(paymentId)
  if (!checkout) throw new Error(`the journal has no checkout ${paymentId}`)
  switch (entry.kind) {
    case 'captured':
      checkout.capturedMinor = entry.amountMinor
      checkout.capturedAt = at
      checkout.state = entry.kind
      break
    case 'declined':
    case 'abandoned':
    case 'expired':
      checkout.state = entry.kind
      break
    case 'refunded':
      checkout.refundedMinor += entry.amountMinor
      refunds.set(entry.refundId, toRefund(entry))
      break
    case 'called':
      calls.delete(entry.callbackId)
  }
  if ('call' in entry && entry.call)
    calls.set(entry.call.callbackId, { call: entry.call, at, checkout })
}
