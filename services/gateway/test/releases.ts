import type { TestContext } from 'node:test'
import { noCanary, type SplitService } from '@flashsale/contracts/http/canary.ts'
import type { HttpClient } from '@flashsale/service-kit/http-client.ts'
import { createInventoryClient } from '../src/clients/inventory.ts'
import { createOrderClient } from '../src/clients/order.ts'
import { createPaymentClient } from '../src/clients/payment.ts'
import { unreachable } from '../src/clients/peer.ts'
import { createReleases } from '../src/clients/releases.ts'
import { splitInventory, splitOrder, splitPayment } from '../src/clients/split-clients.ts'
import { startCanary } from '../src/jobs/canary.ts'
import type { CanaryBoard, CanaryRulesSource } from '../src/jobs/canary-board.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

/** A second release of some services. */
export type SecondReleases = {
  rules: CanaryRulesSource
  urls: Partial<Record<SplitService, string>>
  board?: Pick<CanaryBoard, 'read' | 'change'>
}
const noRules: CanaryRulesSource = {
  rule: () => null,
  onChange() {},
  async rollBack() {},
}
const noBoard = { read: async () => noCanary, change: async () => unreachable }

type Stable = { inventory: HttpClient; order: HttpClient; payment: HttpClient; timeoutMs: number }

/** The clients of a gateway, as main.ts makes them; with one release of each service if nothing is said. */
export function testReleases(t: TestContext, stable: Stable, second?: SecondReleases) {
  const { rules, urls, board = noBoard } = second ?? { rules: noRules, urls: {} }
  const canary = startCanary({ source: rules, gateway: 'one', log: quiet })
  const canaryUrls = { inventory: urls.inventory, order: urls.order, payment: urls.payment }
  const releases = createReleases({ canary, canaryUrls, timeoutMs: stable.timeoutMs })
  t.after(() => Promise.all([canary.stop(), releases.close()]))
  const toInventory = stable.inventory
  return {
    canary,
    canaryBoard: board,
    inventory: releases.of('inventory', {
      stable: toInventory,
      make: (http, spoil) => createInventoryClient({ toReserve: http, toInventory }, quiet, spoil),
      split: splitInventory,
    }),
    order: releases.of('order', {
      stable: stable.order,
      make: createOrderClient,
      split: splitOrder,
    }),
    payment: releases.of('payment', {
      stable: stable.payment,
      make: createPaymentClient,
      split: splitPayment,
    }),
  }
}
