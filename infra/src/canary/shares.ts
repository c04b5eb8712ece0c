import type { Receipt } from '../demo/receipts.ts'
import { orderOf, type Witness } from './witness.ts'

/** What the two releases of order were asked in one span of time, as they wrote it down. */
export type Shares = {
  step: string
  stableCalls: number
  canaryCalls: number
  stableBuyers: number
  canaryBuyers: number
  /** Buyers whom both have served. */
  ofBoth: number
}
type Span = { step: string; fromMs: number; untilMs: number }
export type Seen = Shares & { onStable: Set<string>; onCanary: Set<string> }

/** `receipts`: whose orders these are. */
export function readShares(witness: Witness, receipts: readonly Receipt[], span: Span): Seen {
  const buyers = new Map(receipts.map(({ orderId, buyer }) => [orderId, buyer.name]))
  const at = (instance: string) => {
    const calls = witness
      .seen(instance, span.fromMs, span.untilMs)
      .map((call) => buyers.get(orderOf(call)))
      .filter((buyer) => buyer !== undefined)
    return { calls: calls.length, buyers: new Set(calls) }
  }
  const [stable, canary] = [at('order-0'), at('order-1')]
  return {
    step: span.step,
    stableCalls: stable.calls,
    canaryCalls: canary.calls,
    stableBuyers: stable.buyers.size,
    canaryBuyers: canary.buyers.size,
    ofBoth: stable.buyers.intersection(canary.buyers).size,
    onStable: stable.buyers,
    onCanary: canary.buyers,
  }
}

export const shareOf = ({ stableCalls, canaryCalls }: Shares) =>
  canaryCalls / Math.max(1, stableCalls + canaryCalls)
