import type { SaleFacts } from '@flashsale/contracts/http/inventory.ts'

const KEPT_MS = 5_000

/**
 * What several inventories told of the sales. One whose memory is behind does not know a sale that
 * another just made, or what it did to it: what is known better is kept for a while against its word.
 */
export function createSalesTold() {
  let told = new Map<string, { sale: SaleFacts; atMs: number }>()

  return {
    learn(sales: SaleFacts[], nowMs: number) {
      const kept = [...told].filter(([, { atMs }]) => nowMs - atMs < KEPT_MS)
      const next = new Map(kept)
      for (const sale of sales) {
        const known = next.get(sale.id)
        if (!known || !isBehind(sale, known.sale)) next.set(sale.id, { sale, atMs: nowMs })
      }
      told = next
    },
    /** Of one sale, by the inventory that just changed it. */
    learnOne: (sale: SaleFacts, nowMs: number) => void told.set(sale.id, { sale, atMs: nowMs }),
    get: (id: string) => told.get(id)?.sale,
    all: () => [...told.values()].map(({ sale }) => sale),
  }
}

/** Of a sale the epoch and the stock only rise, and it is a draft before and closed after all else. */
function isBehind(sale: SaleFacts, known: SaleFacts): boolean {
  if (sale.epoch < known.epoch || sale.stock < known.stock) return true
  const became = (phase: SaleFacts['phase']) => known.phase === phase && sale.phase !== phase
  return became('closed') || (sale.phase === 'draft' && known.phase !== 'draft')
}
