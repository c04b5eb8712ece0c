const BUYERS_MAX = 200_000

/**
 * Buyers who took units of a sale here, or may have: also those whose attempt has no outcome yet, and
 * who stand in no list. Inventory is asked for each of them that comes with a key, sold out or not.
 */
export function createBuyersSeen(buyersMax = BUYERS_MAX) {
  const seen = new Set<string>()
  return {
    add(saleId: string, buyerId: string) {
      seen.add(`${saleId} ${buyerId}`)
      if (seen.size > buyersMax) seen.delete(seen.keys().next().value as string)
    },
    has: (saleId: string, buyerId: string) => seen.has(`${saleId} ${buyerId}`),
  }
}
export type BuyersSeen = ReturnType<typeof createBuyersSeen>
