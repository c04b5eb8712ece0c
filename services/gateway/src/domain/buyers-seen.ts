const BUYERS_MAX = 200_000

/**
 * Buyers who took units of a sale here, or may have: also those whose attempt has no outcome yet, and
 * who stand in no list. Inventory is asked for each of them that comes with a key, sold out or not. Of
 * more than there is room for, those seen longest ago are forgotten, half of all at a time: finding the
 * first of a Set means passing the places of all that were deleted before it.
 */
export function createBuyersSeen(buyersMax = BUYERS_MAX) {
  let newer = new Set<string>()
  let older = new Set<string>()
  return {
    add(saleId: string, buyerId: string) {
      if (newer.size >= buyersMax / 2) {
        older = newer
        newer = new Set()
      }
      newer.add(`${saleId} ${buyerId}`)
    },
    has(saleId: string, buyerId: string) {
      const name = `${saleId} ${buyerId}`
      return newer.has(name) || older.has(name)
    },
  }
}
export type BuyersSeen = ReturnType<typeof createBuyersSeen>
