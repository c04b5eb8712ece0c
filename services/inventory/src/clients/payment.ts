import { type AuditedPayment, AuditedPayments } from '@flashsale/contracts/http/order.ts'
import type { SaleId } from '@flashsale/contracts/ids.ts'
import { createPeerClient } from '@flashsale/service-kit/peer-client.ts'
import { readPages } from './read-pages.ts'

/** What the audit asks of payment. */
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
    close: () => http.close(),
  }
}
export type PaymentClient = ReturnType<typeof createPaymentClient>
