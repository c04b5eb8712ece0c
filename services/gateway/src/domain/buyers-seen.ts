const BUYERS_MAX = 200_000

/**
 * Buyers who took units of a sale here, or may have. A sold-out sale still asks inventory for them:
 * they are owed `limit-reached` with their order ids, or their order. Forgetting one costs only that.
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
