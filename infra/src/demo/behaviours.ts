import type { Trouble } from './bank.ts'

/** How a buyer asks for units, and what must come of it in at least one case. */
export const ways = {
  plain: { label: 'asks once, with a key', proof: '202' },
  'no-key': { label: 'asks without a key', proof: '202' },
  'double-click': { label: 'double-click: one key, twice at once', proof: 'one order, two 202' },
  'lost-answer': { label: 'loses two answers, sends the key again', proof: 'the first 202 again' },
  'two-devices': { label: 'two devices at once, two keys', proof: '202 and limit-reached' },
  'other-body': { label: 'the same key with another body', proof: '422' },
  'too-early': { label: 'asks before the sale opens', proof: '409 sale-not-open' },
  'no-token': { label: 'asks without a token', proof: '401' },
  malformed: { label: 'sends a malformed body', proof: '400' },
  bot: { label: 'bot: 30 requests at once', proof: '429' },
} as const
export type Way = keyof typeof ways

/** What a buyer does with the units, and the end that must come of it. */
export const plans = {
  pay: { label: 'pays', end: 'paid' },
  'bank-copies': { label: 'pays, the bank calls back in copies', end: 'paid' },
  'bank-delayed': { label: 'pays, the bank calls back late', end: 'paid' },
  'bank-never-calls': { label: 'pays, the bank never calls back', end: 'paid' },
  'bank-bad-signature': { label: 'pays, the bank signs wrongly', end: 'paid' },
  'wrong-amount': { label: 'pays a wrong amount', end: 'refunded (payment-failed)' },
  declined: { label: 'has the card declined', end: 'cancelled (payment-failed)' },
  cancel: { label: 'cancels', end: 'cancelled (by-buyer)' },
  abandon: { label: 'never pays', end: 'cancelled (unpaid)' },
  'pay-late': { label: 'pays after the time-out', end: 'refunded (unpaid)' },
} as const
export type Plan = keyof typeof plans

/** What comes of the whole crowd. */
export const scenes = {
  'quantity-2': 'orders of two units',
  'sold-out': 'refused as sold out',
  resold: 'units sold again after they came back',
  restock: 'units sold from the restock on',
  withdrawn: 'units withdrawn by the operator',
} as const
export type SceneName = keyof typeof scenes

export const troubles: Partial<Record<Plan, Trouble>> = {
  'bank-copies': { copies: 5 },
  'bank-delayed': { delayMs: 1_000 },
  'bank-never-calls': { neverCall: true },
  'bank-bad-signature': { badSignature: true },
}
