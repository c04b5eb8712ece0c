import { PaymentAnswer, type PaymentBody } from '@flashsale/contracts/http/payment.ts'
import type { HttpClient } from '@flashsale/service-kit/http-client.ts'
import type { Asker } from '../domain/split.ts'
import { ask, codeOf, read, type Unreachable, unexpected, unreachable, worked } from './peer.ts'

const CALLBACK_TIMEOUT_MS = 5_000 // the bank calls again: better late than given up too soon

type Payment = { kind: 'payment'; payment: PaymentAnswer } | Refused | Unreachable
type Refused = { kind: 'not-payable' | 'payments-closed' }
type Stored =
  | { kind: 'stored' }
  | { kind: 'signature-invalid' }
  | { kind: 'not-found' }
  | Unreachable
export type Callback = {
  provider: string
  body: Uint8Array
  signature?: string | undefined
}

export type PaymentClient = {
  /** The same payment for every call with the same order. `asker`: where a canary is asked for some buyers. */
  pay(order: PaymentBody, asker?: Asker): Promise<Payment>
  /** Passes on the bytes that were signed, untouched. */
  store(callback: Callback): Promise<Stored>
}

export function createPaymentClient(http: HttpClient): PaymentClient {
  return {
    async pay(order) {
      const call = { method: 'POST', path: '/internal/payments', body: order, again: true } as const
      const outcome = await http.call(call)
      if (outcome.kind === 'answer' && codeOf(outcome) === 'payments-closed') {
        return { kind: 'payments-closed' }
      }
      const answer = worked(outcome)
      if (!answer) return unreachable
      if (codeOf(answer) === 'not-payable') return { kind: 'not-payable' }
      if (answer.status !== 201) throw unexpected(answer)
      return { kind: 'payment', payment: read(PaymentAnswer, answer) }
    },

    async store({ provider, body, signature }) {
      const answer = await ask(http, {
        method: 'POST',
        path: `/internal/callbacks/${encodeURIComponent(provider)}`,
        body,
        headers: signature === undefined ? {} : { 'bank-signature': signature },
        timeoutMs: CALLBACK_TIMEOUT_MS,
        again: true, // any number of copies is stored once
      })
      if (!answer) return unreachable
      if (answer.status === 200) return { kind: 'stored' }
      if (answer.status === 401) return { kind: 'signature-invalid' }
      if (answer.status === 404) return { kind: 'not-found' }
      throw unexpected(answer)
    },
  }
}
