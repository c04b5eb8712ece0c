import { createHttpClient } from '@flashsale/service-kit/http-client.ts'
import { z } from 'zod'
import { PlainError } from '../plain-error.ts'

const connections = 16
const timeoutMs = 10_000

/** How the bank shall misbehave: CONTRACT.md section 3. */
export type Trouble = {
  copies?: number
  delayMs?: number
  amountMinor?: number
  badSignature?: boolean
  neverCall?: boolean
}

const Statement = z.object({
  lines: z.array(
    z.object({
      kind: z.enum(['capture', 'refund']),
      paymentId: z.string(),
      amountMinor: z.int(),
    }),
  ),
})
export type StatementLine = z.infer<typeof Statement>['lines'][number]

/** The local bank, as its customers and its clerks see it. */
export function createBank(url: string) {
  const http = createHttpClient(url, { timeoutMs, connections })

  return {
    /** The status of the bank's answer; undefined when there was none. */
    async play(paymentId: string, act: 'pay' | 'decline' | 'abandon', trouble: Trouble = {}) {
      const path = `/checkouts/${paymentId}/${act}`
      const outcome = await http.call({ method: 'POST', path, body: trouble })
      return outcome.kind === 'answer' ? outcome.status : undefined
    },
    /** All that moved from one day to another. */
    async statement(from: Date, to: Date): Promise<StatementLine[]> {
      const days = new Set([from, to].map((time) => time.toISOString().slice(0, 10)))
      const pages = [...days].map(async (day) => {
        const outcome = await http.call({ method: 'GET', path: `/statements/${day}` })
        if (outcome.kind !== 'answer' || outcome.status !== 200) {
          throw new PlainError(`the bank gives no statement of ${day}`)
        }
        return Statement.parse(outcome.body).lines
      })
      return (await Promise.all(pages)).flat()
    },
    leave: () => http.close(),
  }
}
export type Bank = ReturnType<typeof createBank>
