import { LookUpAnswer } from '@flashsale/contracts/http/inventory.ts'
import type { OrderId } from '@flashsale/contracts/ids.ts'
import { createPeerClient } from '@flashsale/service-kit/peer-client.ts'

const LOOK_UP_TIMEOUT_MS = 2_000

/** Whatever is not a clear answer is `unconfirmed`: nothing is ended on a time-out (P8). */
export function createInventoryClient(baseUrl: string) {
  const http = createPeerClient(baseUrl, { peer: 'inventory', timeoutMs: LOOK_UP_TIMEOUT_MS })
  return {
    async lookUp(orderId: OrderId): Promise<LookUpAnswer> {
      const result = await http.call({ method: 'GET', path: `/internal/orders/${orderId}` })
      if (result.kind !== 'answer' || result.status !== 200) return { kind: 'unconfirmed' }
      const answer = LookUpAnswer.safeParse(result.body)
      return answer.success ? answer.data : { kind: 'unconfirmed' }
    },
    close: () => http.close(),
  }
}
export type InventoryClient = ReturnType<typeof createInventoryClient>
