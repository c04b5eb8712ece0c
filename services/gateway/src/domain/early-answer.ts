import type { SaleState } from './sale-state.ts'

type Asked = {
  state: SaleState
  /** False while nobody can tell what is left, nor which keys were seen: such a call waits for no one. */
  stockKnown: boolean
  /** A key may name an earlier order, and then its 202 is due again, whatever the sale is now. */
  hasKey: boolean
  /** This gateway saw the buyer take units, or may have: `limit-reached` comes before `sold-out`. */
  mayHoldUnits: boolean
}

/** The "no" that needs no store (P7); undefined when inventory must be asked. */
export function earlyAnswer({ state, stockKnown, hasKey, mayHoldUnits }: Asked) {
  if (state === 'draft' || state === 'scheduled') return 'sale-not-open' // nobody has an order yet
  if (hasKey) return stockKnown ? undefined : 'try-later'
  if (state === 'closed') return 'sale-not-open'
  if (state === 'paused' || !stockKnown) return 'try-later'
  if (state === 'sold-out' && !mayHoldUnits) return 'sold-out'
  return undefined
}
