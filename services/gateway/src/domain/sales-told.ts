import type { SaleFacts } from '@flashsale/contracts/http/inventory.ts'

const KEPT_MS = 5_000

/**
 * What several inventories told of the sales. One whose memory is behind does not know a sale that
 * another just made, or its new epoch: what is known better is kept for a while against its word.
 */
export function createSalesTold() {
  let told = new Map<string, { sale: SaleFacts; atMs: number }>()

  return {
    learn(sales: SaleFacts[], nowMs: number) {
      const kept = [...told].filter(([, { atMs }]) => nowMs - atMs < KEPT_MS)
      const next = new Map(kept)
      for (const sale of sales) {
        const known = next.get(sale.id)
        if (!known || known.sale.epoch <= sale.epoch) next.set(sale.id, { sale, atMs: nowMs })
      }
      told = next
    },
    get: (id: string) => told.get(id)?.sale,
    all: () => [...told.values()].map(({ sale }) => sale),
  }
}
