import { ReplaceAnswer, type Replacement } from '@flashsale/contracts/http/erasure.ts'
import { type AuditedPayment, AuditedPayments } from '@flashsale/contracts/http/order.ts'
import type { SaleId } from '@flashsale/contracts/ids.ts'
import { createPeerClient } from '@flashsale/service-kit/peer-client.ts'
import { askPeer } from './ask-peer.ts'
import { readPages } from './read-pages.ts'

/** What the audit and the erasers ask of payment. */
export function createPaymentClient(baseUrl: string) {
  const http = createPeerClient(baseUrl, { peer: 'payment', timeoutMs: 5_000 })
  return {
    /** Every payment of the sale; undefined when payment does not answer. */
    auditedPayments(saleId: SaleId): Promise<AuditedPayment[] | undefined> {
      return readPages(http, `/internal/audit/payments?saleId=${saleId}`, (body) => {
        const { payments, next } = AuditedPayments.parse(body)
        return { rows: payments, next }
      })
    },
    replaceBuyers(orders: Replacement[]) {
      const call = { method: 'POST', path: '/internal/buyers/replace', body: { orders } } as const
      return askPeer(http, call, ReplaceAnswer)
    },
    close: () => http.close(),
  }
}
export type PaymentClient = ReturnType<typeof createPaymentClient>
