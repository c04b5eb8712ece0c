import type { SaleFacts } from '@flashsale/contracts/http/inventory.ts'

const BUYERS_MAX = 200_000 // in all sales together

type Half = { bySale: Map<string, Set<string>>; count: number }
const empty = (): Half => ({ bySale: new Map(), count: 0 })

/**
 * Buyers who took units of a sale here, or may have: also those whose attempt has no outcome yet, and
 * who stand in no list. Inventory is asked for each of them that comes with a key, sold out or not. Of
 * more than there is room for, those seen longest ago are forgotten, half of all at a time: finding the
 * first of a Set means passing the places of all that were deleted before it.
 */
export function createBuyersSeen(buyersMax = BUYERS_MAX) {
  let newer = empty()
  let older = empty()
  const forget = (half: Half, saleId: string) => {
    half.count -= half.bySale.get(saleId)?.size ?? 0
    half.bySale.delete(saleId)
  }
  return {
    add(saleId: string, buyerId: string) {
      if (newer.count >= buyersMax / 2) {
        older = newer
        newer = empty()
      }
      const buyers = newer.bySale.get(saleId) ?? new Set()
      if (!buyers.has(buyerId)) newer.count++
      newer.bySale.set(saleId, buyers.add(buyerId))
    },
    has: (saleId: string, buyerId: string): boolean =>
      [newer, older].some(({ bySale }) => bySale.get(saleId)?.has(buyerId) === true),
    /** For a sale that is closed inventory is asked for everybody who has a key, seen or not. */
    forgetClosed(sales: readonly Pick<SaleFacts, 'id' | 'phase'>[]) {
      for (const { id, phase } of sales) {
        if (phase !== 'closed') continue
        forget(newer, id)
        forget(older, id)
      }
    },
  }
}
export type BuyersSeen = ReturnType<typeof createBuyersSeen>
