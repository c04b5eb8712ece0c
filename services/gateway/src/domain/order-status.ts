import type { LookUpAnswer } from '@flashsale/contracts/http/inventory.ts'
import type { OrderView } from '@flashsale/contracts/http/order.ts'
import type { OrderId } from '@flashsale/contracts/ids.ts'

type Facts = Pick<
  OrderView,
  'id' | 'saleId' | 'quantity' | 'amountMinor' | 'payBy' | 'paidAt' | 'reason'
>
export type BuyerOrder = Facts & {
  status: Exclude<OrderView['state'], 'cancel-wanted'> | 'unconfirmed' | 'accepted'
}

/** A row speaks for itself, except a wish to cancel: its hold is not known yet (R11). */
export const speaksForItself = ({ state }: OrderView) => state !== 'cancel-wanted'

/** What its buyer is told of an order row. */
export function statusOfRow({ id, state, payBy, paidAt, ...row }: OrderView): BuyerOrder {
  const { saleId, quantity, amountMinor, reason } = row
  const facts = { id, ...defined({ saleId, quantity, amountMinor, reason }) }
  if (state === 'cancel-wanted') return { ...facts, status: 'unconfirmed' } // its hold says more
  if (state === 'pending-payment') return { ...facts, status: state, ...defined({ payBy }) }
  if (state === 'paid') return { ...facts, status: state, ...defined({ paidAt }) }
  return { ...facts, status: state }
}

/** What its buyer is told while there is no such row: the look-up decides (R9). */
export function statusOfLookUp(id: OrderId, found: LookUpAnswer): BuyerOrder {
  if (found.kind === 'unconfirmed') return { id, status: 'unconfirmed' }
  if (found.kind === 'absent') return { id, status: 'cancelled', reason: 'not-recorded' }
  const { saleId, quantity, amountMinor } = found
  const facts = { id, saleId, quantity, amountMinor }
  if (found.kind === 'held') return { ...facts, status: 'accepted' }
  return { ...facts, status: 'cancelled', reason: 'not-recorded' }
}

function defined<T extends object>(fields: T) {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> }
}
