import type { PaymentId } from '@flashsale/contracts/ids.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import type { StatementLine } from '../clients/bank.ts'
import { findPayments } from '../db/payments.ts'
import { beingSettled, knownRefunds } from '../db/recovery.ts'
import { canBePaymentId } from '../domain/bank-message.ts'
import { storeAnswer } from '../jobs/check-back.ts'
import type { RecoverDeps } from './win-back.ts'

const DAY_MS = 86_400_000

/**
 * Every line of the bank's statements since the first order has its row here by now. Money without one
 * belongs to an order that nobody knows: only a person can find its buyer.
 */
export async function compareStatements(deps: RecoverDeps, firstDay: Date): Promise<void> {
  let lines = 0
  for (let ms = firstDay.getTime() - DAY_MS; ms < Date.now() + DAY_MS; ms += DAY_MS) {
    const day = new Date(ms).toISOString().slice(0, 10)
    const statement = await deps.bank.statement(day)
    if (!statement) throw new Fault('recovery.bank-away', 'the bank does not answer', { day })
    await compareCaptures(
      deps,
      statement.filter(({ kind }) => kind === 'capture'),
    )
    await compareRefunds(
      deps,
      statement.filter(({ kind }) => kind === 'refund'),
    )
    lines += statement.length
  }
  deps.findings.tell(`${lines} lines of the bank's statements compared`)
}

async function compareCaptures({ db, findings }: RecoverDeps, lines: StatementLine[]) {
  const ids = lines.map(({ paymentId }) => paymentId).filter(canBePaymentId)
  const rows = new Map((await findPayments(db, ids)).map((row) => [row.id as string, row]))
  const settling = await beingSettled(db, ids)
  for (const { paymentId, amountMinor, currency, at } of lines) {
    const row = rows.get(paymentId.toLowerCase())
    const facts = { paymentId, amountMinor, currency, at }
    if (!row) findings.open('money', 'captured at the bank for an order that nobody knows', facts)
    else if (row.state !== 'captured' && !settling.has(row.id)) {
      const id = row.id as PaymentId
      const checkout = { state: 'captured', capturedMinor: amountMinor } as const
      await storeAnswer(db, { id, amountMinor, currency: row.currency }, checkout)
      findings.won('captured payment', "the bank's statement")
    }
  }
}

async function compareRefunds({ db, findings }: RecoverDeps, lines: StatementLine[]) {
  const ids = lines.flatMap(({ refundId }) => refundId ?? []).filter(canBePaymentId)
  const known = await knownRefunds(db, ids)
  for (const { refundId = '', paymentId, amountMinor, currency, at } of lines) {
    if (known.has(refundId.toLowerCase())) continue
    const facts = { refundId, paymentId, amountMinor, currency, at }
    findings.open('money', 'sent back by the bank for no order that wants it', facts)
  }
}
