import assert from 'node:assert/strict'
import type { Audit } from '@flashsale/contracts/http/audit.ts'
import { until } from '@flashsale/service-kit/wait.ts'
import { request } from '@flashsale/test-kit/http.ts'
import type { System } from '@flashsale/test-kit/system.ts'

const DAY_MS = 86_400_000

/** The books of a sale (CONTRACT.md, section 4), read through the gateway. */
export function asAuditor(system: System, saleId: string) {
  const { url, token } = system
  const audit = async (): Promise<Audit> => {
    const admin = token('auditor', 'admin')
    const wanted = { token: admin, timeoutMs: 30_000 }
    const answer = await request(`${url}/v1/admin/sales/${saleId}/audit`, wanted)
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    return answer.body
  }
  const exact = async () => exactly(await audit())
  /** Each reading on the way there is exact too. */
  const exactUntil = (isSo: (books: Audit) => boolean, what: string) => {
    const check = async () => {
      const books = await exact()
      return isSo(books) && books
    }
    return until(check, { timeoutMs: 20_000, everyMs: 100, what })
  }

  return {
    audit,
    exact,
    /** Nothing is on its way between Redis and the ledger. */
    settled: (also: (books: Audit) => boolean = () => true) =>
      exactUntil((books) => books.inFlight === 0 && also(books), 'the ledger to catch up'),
    /** Every order has ended and nothing is on its way; the bank says the same of the money. */
    async atRest() {
      const isOver = ({ held, inFlight, money: { settlingMinor, toBeRefundedMinor } }: Audit) =>
        held + inFlight + settlingMinor + toBeRefundedMinor === 0
      const books = await exactUntil(isOver, 'everything to have ended')
      await assertBankAgrees(system, books)
      return books
    },
  }
}

function exactly(books: Audit): Audit {
  assert.deepEqual(books.faults, [])
  assert.equal(books.exact, true)
  assert.equal(books.available + books.held + books.sold + books.withdrawn, books.stock)
  return books
}

/** Of a system with one sale, at rest: what the books say is what the bank has, to the cent (P5). */
async function assertBankAgrees(system: System, { money }: Audit) {
  const { capturedMinor, refundedMinor } = await bankStatement(system)
  assert.deepEqual([money.capturedMinor, money.refundedMinor], [capturedMinor, refundedMinor])
  assert.equal(money.paidMinor, capturedMinor - refundedMinor)
}

type Line = { kind: 'capture' | 'refund'; paymentId: string; amountMinor: number }

/** The bank's own statements of yesterday and today: what came and what went back. */
export async function bankStatement({ bankUrl }: System) {
  const days = [Date.now() - DAY_MS, Date.now()].map((ms) =>
    new Date(ms).toISOString().slice(0, 10),
  )
  const answers = await Promise.all(days.map((day) => request(`${bankUrl}/statements/${day}`)))
  const lines: Line[] = answers.flatMap(({ body }) => body.lines)
  const sum = (kind: Line['kind']) =>
    lines.reduce((total, line) => total + (line.kind === kind ? line.amountMinor : 0), 0)
  return { lines, capturedMinor: sum('capture'), refundedMinor: sum('refund') }
}
