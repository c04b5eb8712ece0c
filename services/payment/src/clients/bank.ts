import { Fault } from '@flashsale/service-kit/fault.ts'
import { createPeerClient } from '@flashsale/service-kit/peer-client.ts'
import { z } from 'zod'

const OPEN_TIMEOUT_MS = 1500 // a buyer waits, and the gateway no longer than 2 s
const ANSWER_TIMEOUT_MS = 5000
const STATEMENT_TIMEOUT_MS = 30_000 // of a whole day

const Opened = z.object({ checkoutUrl: z.url() })
const Checkout = z.object({
  state: z.enum(['open', 'submitted', 'captured', 'declined', 'abandoned', 'expired']),
  capturedMinor: z.int().nonnegative(),
})
export type CheckoutView = z.infer<typeof Checkout>
const Statement = z.object({
  lines: z.array(
    z.object({
      kind: z.enum(['capture', 'refund']),
      at: z.string(),
      paymentId: z.string(),
      refundId: z.string().optional(),
      amountMinor: z.int(),
      currency: z.string(),
    }),
  ),
})
export type StatementLine = z.infer<typeof Statement>['lines'][number]
const Refunded = z.object({ state: z.literal('done') })

type NewCheckout = { paymentId: string; amountMinor: number; currency: string }
type NewRefund = { refundId: string; paymentId: string; amountMinor: number }
type Options = { bankUrl: string; callbackUrl: string }

/**
 * Every call can be made again. `unknown`: no answer that says what happened (P8), the bank's own
 * trouble included.
 */
export function createBank({ bankUrl, callbackUrl }: Options) {
  const http = createPeerClient(bankUrl, { peer: 'bank', timeoutMs: ANSWER_TIMEOUT_MS })

  return {
    async open(checkout: NewCheckout) {
      const body = { ...checkout, callbackUrl }
      const call = { method: 'POST', path: '/checkouts', body, timeoutMs: OPEN_TIMEOUT_MS } as const
      const result = await http.call({ ...call, again: true }) // a buyer waits; jobs come back
      if (result.kind !== 'answer' || result.status >= 500) return { kind: 'unknown' } as const
      if (result.status !== 200) {
        const facts = { paymentId: checkout.paymentId, status: result.status }
        throw new Fault('bank.refused-checkout', 'the bank refused to open a checkout', facts)
      }
      const { checkoutUrl } = Opened.parse(result.body)
      return { kind: 'opened', checkoutUrl } as const
    },

    async ask(paymentId: string) {
      const result = await http.call({ method: 'GET', path: `/checkouts/${paymentId}` })
      if (result.kind !== 'answer') return { kind: 'unknown' } as const
      if (result.status === 404) return { kind: 'unknown-checkout' } as const
      if (result.status !== 200) return { kind: 'unknown' } as const
      return { kind: 'known', checkout: Checkout.parse(result.body) } as const
    },

    /** `refused`: it is captured. `known` is any end, not only ours. */
    async expire(paymentId: string) {
      const path = `/checkouts/${paymentId}/expire`
      const result = await http.call({ method: 'POST', path })
      if (result.kind !== 'answer') return { kind: 'unknown' } as const
      if (result.status === 404) return { kind: 'unknown-checkout' } as const
      if (result.status === 409) return { kind: 'refused' } as const
      if (result.status !== 200) return { kind: 'unknown' } as const
      return { kind: 'known', checkout: Checkout.parse(result.body) } as const
    },

    async refund(refund: NewRefund) {
      const result = await http.call({ method: 'POST', path: '/refunds', body: refund })
      if (result.kind !== 'answer' || result.status >= 500) return 'unknown' as const
      if (result.status !== 200) return 'refused' as const
      return Refunded.parse(result.body).state
    },

    /** All that moved on one day (UTC); undefined when it can't be had now. */
    async statement(day: string): Promise<StatementLine[] | undefined> {
      const path = `/statements/${day}`
      const result = await http.call({ method: 'GET', path, timeoutMs: STATEMENT_TIMEOUT_MS })
      if (result.kind !== 'answer' || result.status !== 200) return undefined
      return Statement.parse(result.body).lines
    },

    close: () => http.close(),
  }
}
export type Bank = ReturnType<typeof createBank>
