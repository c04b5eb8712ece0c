import { ACTION_HEADER, type ActionId } from '@flashsale/contracts/http/admin-actions.ts'
import { Audit } from '@flashsale/contracts/http/audit.ts'
import { Erasure } from '@flashsale/contracts/http/erasure.ts'
import { internalFacts, type NewSale, SaleFacts } from '@flashsale/contracts/http/inventory.ts'
import type { BuyerId, SaleId } from '@flashsale/contracts/ids.ts'
import type { HttpClient } from '@flashsale/service-kit/http-client.ts'
import { z } from 'zod'
import { ask, codeOf, query, read, type Unreachable, unexpected, unreachable } from './peer.ts'

const CHANGE_TIMEOUT_MS = 10_000 // 10,000,000 units are loaded and verified in 2 s
const AUDIT_TIMEOUT_MS = 60_000
const LIST_TIMEOUT_MS = 5_000
const ERASURES = '/internal/erasures'

const refusals = ['sale-not-found', 'sale-state-conflict', 'too-few-available'] as const
export type Refusal = (typeof refusals)[number]
export type Change = 'pause' | 'resume' | 'close' | 'withdraw' | 'restock'
export type WantedChange = {
  saleId: SaleId
  change: Change
  body?: { units: number }
  action: ActionId | undefined
}
type Changed = { kind: 'sale'; sale: SaleFacts } | Refused | Unreachable
/** `available`: how many units there are, when more were to be withdrawn. */
type Refused = { kind: Refusal; available?: number | undefined }
const Refused = z.object({ available: z.int().optional().catch(undefined) })

/** How many units are free is asked for one sale, not for a list. */
export const ListedSale = SaleFacts.omit(internalFacts).extend({
  settled: z.boolean(),
  createdAt: z.iso.datetime(),
})
const SalePage = z.object({ sales: z.array(ListedSale), nextCursor: z.string().optional() })
type Page = { cursor?: string | undefined; limit?: number | undefined }

/** The change and its record are one commit. */
const inNameOf = (action: ActionId | undefined): Record<string, string> =>
  action === undefined ? {} : { [ACTION_HEADER]: action }

/** What the operators of a sale do. */
export function createInventoryAdmin(http: HttpClient) {
  return {
    async create(sale: NewSale, action?: ActionId): Promise<Changed> {
      const headers = inNameOf(action)
      const call = { method: 'POST', path: '/internal/sales', body: sale, headers } as const
      const answer = await ask(http, { ...call, timeoutMs: CHANGE_TIMEOUT_MS })
      if (!answer) return unreachable
      if (answer.status !== 201) throw unexpected(answer)
      return { kind: 'sale', sale: read(SaleFacts, answer) }
    },

    async change({ saleId, change, body, action }: WantedChange): Promise<Changed> {
      const path = `/internal/sales/${saleId}/${change}`
      const call = { method: 'POST', path, body, headers: inNameOf(action) } as const
      const answer = await ask(http, { ...call, timeoutMs: CHANGE_TIMEOUT_MS })
      if (!answer) return unreachable
      const code = codeOf(answer)
      const refusal = refusals.find((known) => known === code)
      if (refusal) return { kind: refusal, ...read(Refused, answer) }
      if (answer.status !== 200) throw unexpected(answer)
      return { kind: 'sale', sale: read(SaleFacts, answer) }
    },

    async audit(saleId: SaleId) {
      const path = `/internal/sales/${saleId}/audit`
      const answer = await ask(http, { method: 'GET', path, timeoutMs: AUDIT_TIMEOUT_MS })
      if (!answer) return unreachable
      if (codeOf(answer) === 'sale-not-found') return { kind: 'sale-not-found' } as const
      if (answer.status !== 200) throw unexpected(answer)
      return { kind: 'audit', audit: read(Audit, answer) } as const
    },

    /** From now on by inventory's job, in every sale that is over. */
    async eraseBuyer(buyerId: BuyerId, action: ActionId | undefined) {
      const call = { method: 'POST', path: ERASURES, body: { buyerId }, again: true } as const
      const answer = await ask(http, { ...call, headers: inNameOf(action) })
      if (!answer) return unreachable
      if (answer.status !== 202) throw unexpected(answer)
      return { kind: 'erasure', erasure: read(Erasure, answer) } as const
    },

    async readErasure(buyerId: BuyerId) {
      const answer = await ask(http, { method: 'GET', path: ERASURES + query({ buyerId }) })
      if (!answer) return unreachable
      if (codeOf(answer) === 'not-found') return { kind: 'not-found' } as const
      if (answer.status !== 200) throw unexpected(answer)
      return { kind: 'erasure', erasure: read(Erasure, answer) } as const
    },

    async list(page: Page) {
      const path = `/internal/admin/sales${query(page)}`
      const answer = await ask(http, { method: 'GET', path, timeoutMs: LIST_TIMEOUT_MS })
      if (!answer) return unreachable
      if (answer.status === 400) return { kind: 'invalid-request' } as const
      if (answer.status !== 200) throw unexpected(answer)
      return { kind: 'page', page: read(SalePage, answer) } as const
    },
  }
}
export type InventoryAdmin = ReturnType<typeof createInventoryAdmin>
