import type { SaleState } from './sale-state.ts'

type Asked = {
  state: SaleState
  /** False while nobody can tell what is left, nor which keys were seen: such a call waits for no one. */
  stockKnown: boolean
  /** A key may name an earlier order, and then its 202 is due again, whatever the sale is now. */
  hasKey: boolean
  /** False only for a buyer who surely has no order of this sale: then no key can name one. */
  mayHaveOrder: boolean
  /** The queue behind a 202 is too long, or an operator says so: no units are taken for anybody. */
  isQueueClosed: boolean
}

/** The "no" that needs no store (P7); undefined when inventory must be asked. */
export function earlyAnswer(asked: Asked) {
  const { state, stockKnown, hasKey, mayHaveOrder, isQueueClosed } = asked
  if (state === 'draft' || state === 'scheduled') return 'sale-not-open' // nobody has an order yet
  if (!hasKey && state === 'closed') return 'sale-not-open'
  if (!stockKnown || (!hasKey && state === 'paused')) return 'try-later'
  if (state === 'sold-out' && !(hasKey && mayHaveOrder)) return 'sold-out'
  if (state === 'open' && isQueueClosed && !(hasKey && mayHaveOrder)) return 'nobody-new'
  return undefined
}
