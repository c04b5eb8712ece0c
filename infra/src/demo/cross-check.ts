import type { Audit } from '@flashsale/contracts/http/audit.ts'
import type { StatementLine } from './bank.ts'
import type { Receipt } from './receipts.ts'

export type Check = { what: string; left: number; right: number; holds: boolean }
type Books = { receipts: Receipt[]; audit: Audit; statement: StatementLine[] }

/** What the buyers hold, what the shop's books say, and what the bank says must be the same. */
export function crossCheck({ receipts, audit, statement }: Books): Check[] {
  const withEnd = (status: string) => receipts.filter(({ end }) => end?.status === status)
  const paid = withEnd('paid')
  const sum = (kind: StatementLine['kind']) =>
    statement.reduce((minor, line) => minor + (line.kind === kind ? line.amountMinor : 0), 0)
  const { stock, available, held, sold, withdrawn, inFlight, money } = audit
  const moved = movesOf(statement)
  const known = new Set(receipts.map(({ paymentId }) => paymentId))
  const paidMinor = paid.reduce((minor, { end }) => minor + (end?.amountMinor ?? 0), 0)

  return [
    same('units of paid receipts, units sold', unitsOf(paid), sold),
    same('units sold and withdrawn, stock', sold + withdrawn, stock),
    same('units available, held or on their way at the end', available + held + inFlight, 0),
    same('money of paid receipts, paid in the books', paidMinor, money.paidMinor),
    same('captured at the bank, captured in the books', sum('capture'), money.capturedMinor),
    same('refunded at the bank, refunded in the books', sum('refund'), money.refundedMinor),
    same('kept at the bank, paid in the books', sum('capture') - sum('refund'), money.paidMinor),
    same('paid receipts not captured once in full', countWrong(paid, moved, isPaidOnce), 0),
    same(
      'refunded receipts not refunded in full',
      countWrong(withEnd('refunded'), moved, isBack),
      0,
    ),
    same(
      'cancelled receipts with money at the bank',
      countWrong(withEnd('cancelled'), moved, isNone),
      0,
    ),
    same('captures without a receipt', [...moved.keys()].filter((id) => !known.has(id)).length, 0),
    same('receipts without an end', receipts.filter(({ end }) => !end).length, 0),
  ]
}

const same = (what: string, left: number, right: number): Check => {
  return { what, left, right, holds: left === right }
}
const unitsOf = (receipts: Receipt[]) => receipts.reduce((sum, { quantity }) => sum + quantity, 0)

type Moves = { captured: number[]; refunded: number[] }

function movesOf(statement: StatementLine[]): Map<string, Moves> {
  const moves = new Map<string, Moves>()
  for (const { kind, paymentId, amountMinor } of statement) {
    const of = moves.get(paymentId) ?? { captured: [], refunded: [] }
    of[kind === 'capture' ? 'captured' : 'refunded'].push(amountMinor)
    moves.set(paymentId, of)
  }
  return moves
}

function countWrong(
  receipts: Receipt[],
  moves: Map<string, Moves>,
  isRight: (moves: Moves, receipt: Receipt) => boolean,
): number {
  const nothing = { captured: [], refunded: [] }
  return receipts.filter((receipt) => {
    return !isRight(moves.get(receipt.paymentId ?? '') ?? nothing, receipt)
  }).length
}

const isPaidOnce = ({ captured, refunded }: Moves, { end }: Receipt) =>
  captured.length === 1 && captured[0] === end?.amountMinor && refunded.length === 0
const isBack = ({ captured, refunded }: Moves) =>
  captured.length === 1 && refunded.length === 1 && captured[0] === refunded[0]
const isNone = ({ captured, refunded }: Moves) => captured.length === 0 && refunded.length === 0
