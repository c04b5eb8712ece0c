import type { Book } from './book.ts'

type Line = {
  kind: 'capture' | 'refund'
  at: string
  paymentId: string
  refundId?: string
  amountMinor: number
  currency: string
}
type Total = { capturedMinor: number; refundedMinor: number; netMinor: number }

/** All that moved on one day (UTC), with the totals of each currency. */
export function statement(book: Book, date: string) {
  const captures = book.captures().map(
    ({ paymentId, capturedAt = '', capturedMinor, currency }): Line => ({
      kind: 'capture',
      at: capturedAt,
      paymentId,
      amountMinor: capturedMinor,
      currency,
    }),
  )
  const refunds = book.refunds().map(
    ({ refundId, paymentId, amountMinor, at }): Line => ({
      kind: 'refund',
      at,
      paymentId,
      refundId,
      amountMinor,
      currency: book.checkout(paymentId)?.currency ?? '',
    }),
  )
  const lines = [...captures, ...refunds]
    .filter(({ at }) => at.startsWith(date))
    .sort((a, b) => a.at.localeCompare(b.at))

  const totals: Record<string, Total> = {}
  for (const { kind, currency, amountMinor } of lines) {
    const total = totals[currency] ?? { capturedMinor: 0, refundedMinor: 0, netMinor: 0 }
    if (kind === 'capture') total.capturedMinor += amountMinor
    else total.refundedMinor += amountMinor
    total.netMinor = total.capturedMinor - total.refundedMinor
    totals[currency] = total
  }
  return { date, lines, totals }
}
