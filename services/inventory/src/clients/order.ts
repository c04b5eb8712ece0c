import { ForgetAnswer, ReplaceAnswer, type Replacement } from '@flashsale/contracts/http/erasure.ts'
import { type AuditedOrder, AuditedOrders, OrderPage } from '@flashsale/contracts/http/order.ts'
import type { BuyerId, OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import { createPeerClient } from '@flashsale/service-kit/peer-client.ts'
import { askPeer } from './ask-peer.ts'
import { readPages } from './read-pages.ts'

const ERASED_A_PAGE = 100

/** What the audit and the erasers ask of order. */
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
    /** One page of the sale's orders; an error while order does not answer. */
    auditedPage(saleId: SaleId, after: OrderId | undefined) {
      const from = after === undefined ? '' : `&after=${after}`
      const path = `/internal/audit/orders?saleId=${saleId}${from}`
      return askPeer(http, { method: 'GET', path }, AuditedOrders)
    },
    ofBuyer(buyerId: BuyerId, cursor: string | undefined) {
      const query = new URLSearchParams({ buyerId, limit: String(ERASED_A_PAGE) })
      if (cursor !== undefined) query.set('cursor', cursor)
      return askPeer(http, { method: 'GET', path: `/internal/orders?${query}` }, OrderPage)
    },
    replaceBuyers(orders: Replacement[]) {
      const call = { method: 'POST', path: '/internal/buyers/replace', body: { orders } } as const
      return askPeer(http, call, ReplaceAnswer)
    },
    forgetBuyers(before: Date) {
      const body = { before: before.toISOString() }
      const call = { method: 'POST', path: '/internal/buyers/forget', body } as const
      return askPeer(http, call, ForgetAnswer)
    },
    close: () => http.close(),
  }
}
export type OrderClient = ReturnType<typeof createOrderClient>
