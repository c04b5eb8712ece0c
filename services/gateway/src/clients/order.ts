import { CancelAnswer, OrderPage, OrderView } from '@flashsale/contracts/http/order.ts'
import type { BuyerId, OrderId } from '@flashsale/contracts/ids.ts'
import type { HttpClient } from '@flashsale/service-kit/http-client.ts'
import type { Asker } from '../domain/split.ts'
import { ask, codeOf, query, read, type Unreachable, unexpected, unreachable } from './peer.ts'

type Row = { kind: 'row'; row: OrderView } | { kind: 'none' } | Unreachable
type Cancelled = CancelAnswer | { kind: 'none' } | Unreachable
type Page = { kind: 'page'; page: OrderPage } | { kind: 'invalid-request' } | Unreachable
type Paging = { cursor?: string | undefined; limit?: number | undefined }
type Filter = { saleId?: string | undefined; state?: string | undefined }

/** `asker`: for whom it is, where a canary is asked for some buyers. */
export type OrderClient = {
  read(id: OrderId, asker?: Asker): Promise<Row>
  cancel(id: OrderId, buyerId: BuyerId, asker?: Asker): Promise<Cancelled>
  /** One buyer's, newest first. */
  list(wanted: Paging & { buyerId: BuyerId }, asker?: Asker): Promise<Page>
  /** Everyone's, for operators. */
  listAll(wanted: Paging & Filter): Promise<Page>
}

export function createOrderClient(http: HttpClient): OrderClient {
  const page = async (path: string): Promise<Page> => {
    const answer = await ask(http, { method: 'GET', path })
    if (!answer) return unreachable
    if (answer.status === 400) return { kind: 'invalid-request' }
    if (answer.status !== 200) throw unexpected(answer)
    return { kind: 'page', page: read(OrderPage, answer) }
  }

  return {
    async read(id) {
      const answer = await ask(http, { method: 'GET', path: `/internal/orders/${id}` })
      if (!answer) return unreachable
      if (codeOf(answer) === 'order-not-found') return { kind: 'none' }
      if (answer.status !== 200) throw unexpected(answer)
      return { kind: 'row', row: read(OrderView, answer) }
    },

    async cancel(id, buyerId) {
      const path = `/internal/orders/${id}/cancel`
      const answer = await ask(http, { method: 'POST', path, body: { buyerId }, again: true })
      if (!answer) return unreachable
      if (codeOf(answer) === 'order-not-found') return { kind: 'none' }
      if (answer.status !== 200) throw unexpected(answer)
      return read(CancelAnswer, answer)
    },

    list: (wanted) => page(`/internal/orders${query(wanted)}`),
    listAll: (wanted) => page(`/internal/admin/orders${query(wanted)}`),
  }
}
