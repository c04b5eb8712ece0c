import type { CancelReason } from '@flashsale/contracts/events/order-cancelled.ts'
import type { OrderView } from '@flashsale/contracts/http/order.ts'

export type OrderState = OrderView['state']
export type OrderInput =
  | 'held'
  | 'hold dead-lettered'
  | 'hold unreadable'
  | 'not recorded'
  | 'surely not held'
  | 'captured'
  | 'captured wrong amount'
  | 'declined'
  | 'refund done'
  | 'timed out'
  | 'cancelled by buyer'

/** What the order tells others when it moves: sell the units, give them back, send the money back. */
export type Told = 'paid' | 'cancelled' | 'refund-wanted'
/** `reason` is kept from the first move that gives one: late money does not change why it ended. */
export type Move = { to: OrderState; reason?: CancelReason; tells: readonly Told[] }

/** Nothing is held, so nothing is given back. */
const notRecorded: Move = { to: 'cancelled', reason: 'not-recorded', tells: [] }

/** The first input makes the order row; an input that is not here leaves no row. */
const first: Partial<Record<OrderInput, Move>> = {
  held: { to: 'pending-payment', tells: [] },
  'hold dead-lettered': { to: 'cancelled', reason: 'not-recorded', tells: ['cancelled'] },
  'hold unreadable': { to: 'cancel-wanted', tells: [] }, // where it is held, a look-up knows (R9)
  'not recorded': notRecorded,
  captured: { to: 'refunding', reason: 'payment-failed', tells: ['refund-wanted'] }, // never hangs
  'cancelled by buyer': { to: 'cancel-wanted', tells: [] }, // before its hold is known (R11)
}

/** A hold that arrives for an order already over: its units go back (again: it changes nothing). */
const held = (to: OrderState): Move => ({ to, tells: ['cancelled'] })
const earlyMoney: Move = { to: 'refunding', reason: 'by-buyer', tells: ['refund-wanted'] }
const lateMoney: Move = { to: 'refunding', tells: ['refund-wanted'] }
const over = (reason: CancelReason): Move => ({ to: 'cancelled', reason, tells: ['cancelled'] })

const table: Record<OrderState, Partial<Record<OrderInput, Move>>> = {
  'cancel-wanted': {
    held: over('by-buyer'),
    'hold dead-lettered': over('not-recorded'),
    'not recorded': notRecorded,
    'surely not held': notRecorded, // by inventory's final look-up (R9)
    captured: earlyMoney,
    'captured wrong amount': earlyMoney,
  },
  'pending-payment': {
    captured: { to: 'paid', tells: ['paid'] },
    'captured wrong amount': {
      to: 'refunding',
      reason: 'payment-failed',
      tells: ['cancelled', 'refund-wanted'],
    },
    declined: over('payment-failed'),
    'timed out': over('unpaid'),
    'cancelled by buyer': over('by-buyer'),
  },
  paid: {},
  cancelled: {
    held: held('cancelled'),
    'hold dead-lettered': held('cancelled'),
    captured: lateMoney,
    'captured wrong amount': lateMoney,
  },
  refunding: {
    held: held('refunding'),
    'hold dead-lettered': held('refunding'),
    'refund done': { to: 'refunded', tells: [] },
  },
  refunded: { held: held('refunded'), 'hold dead-lettered': held('refunded') },
}

/** `undefined` as state: there is no row yet. `undefined` as answer: the input changes nothing. */
export function nextMove(state: OrderState | undefined, input: OrderInput): Move | undefined {
  return state === undefined ? first[input] : table[state][input]
}

/** For the statement that moves many orders: the same table, as data. */
export const movesAsJson = JSON.stringify(table)
