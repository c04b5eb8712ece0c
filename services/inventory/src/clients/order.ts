import { type AuditedOrder, AuditedOrders } from '@flashsale/contracts/http/order.ts'
import type { OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import { createPeerClient } from '@flashsale/service-kit/peer-client.ts'
import { readPages } from './read-pages.ts'

/** What the audit asks of order. */
export function createOrderClient(baseUrl: string) {
  const http = createPeerClient(baseUrl, { peer: 'order', timeoutMs: 5_000 })
  return {
    /** Every order of the sale; undefined when order does not answer. */
    auditedOrders(saleId: SaleId): Promise<AuditedOrder[] | undefined> {
      return readPages(http, `/internal/audit/orders?saleId=${saleId}`, (body) => {
        const { orders, next } = AuditedOrders.parse(body)
        return { rows: orders, next: next as OrderId | undefined }
      })
    },
    close: () => http.close(),
  }
}
export type OrderClient = ReturnType<typeof createOrderClient>
