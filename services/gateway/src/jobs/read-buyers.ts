import type { SaleFacts } from '@flashsale/contracts/http/inventory.ts'
import type { Log } from '@flashsale/service-kit/log.ts'
import type { InventoryClient } from '../clients/inventory.ts'
import { createSaleBuyers, type Reading } from '../domain/sale-buyers.ts'

const AGAIN_AFTER_MS = 1_000
const SHARE_OF_TIME = 10 // a list that took a second is not read again for ten
const READINGS_AT_ONCE_MAX = 4 // of all sales; the others are read at a later look

type Deps = { inventory: Pick<InventoryClient, 'buyers'>; log: Log; buyersMax?: number | undefined }

/**
 * Reads the buyers of a sale when it is sold out, once; after that Redis tells of each further order.
 * Whatever is missed shows in the count of orders, and the list is read anew.
 */
export function createBuyersReader({ inventory, log, buyersMax }: Deps) {
  const known = createSaleBuyers(buyersMax)
  const notBeforeMs = new Map<string, number>() // infinite while it is read
  const short = new Set<string>() // lists that lacked an order when they were looked at last
  let readings = 0
  let stopped = false

  /** Whether the list is complete. */
  const readAll = async (sale: SaleFacts, { add }: Reading): Promise<boolean> => {
    for (let after: string | undefined; ; ) {
      const page = await inventory.buyers({ sale, after })
      if (stopped || !page || !add(page.buyers)) return false
      if (page.next === undefined) return true
      after = page.next
    }
  }
  const read = async (sale: SaleFacts) => {
    const reading = known.start(sale)
    if (!reading) return // too many: all who have a key are passed on
    readings++
    notBeforeMs.set(sale.id, Number.POSITIVE_INFINITY)
    const startedAtMs = performance.now()
    const isWhole = await readAll(sale, reading).catch((error) => {
      log.warn({ saleId: sale.id, err: error }, 'the buyers of a sale could not be read')
      return false
    })
    reading.end({ isWhole })
    readings--
    const tookMs = performance.now() - startedAtMs
    const waitMs = Math.max(AGAIN_AFTER_MS, SHARE_OF_TIME * tookMs)
    notBeforeMs.set(sale.id, performance.now() + waitMs)
  }

  return {
    has: known.has,
    hear: known.hear,
    /** Of a sale that is sold out. */
    want(sale: SaleFacts) {
      if (stopped) return
      const wasShort = short.delete(sale.id)
      if (known.knows(sale)) return
      // It was read a moment before Redis told of the same order: wait for that.
      if (known.isShort(sale) && !wasShort) return void short.add(sale.id)
      const isDue = performance.now() >= (notBeforeMs.get(sale.id) ?? 0)
      if (isDue && readings < READINGS_AT_ONCE_MAX) void read(sale)
    },
    /** After a gap in what is heard: all lists are read anew. */
    forget: () => known.keepOnly(new Set()),
    /** The others are over, or gone. */
    keepOnly(ids: Set<string>) {
      known.keepOnly(ids)
      for (const id of notBeforeMs.keys()) if (!ids.has(id)) notBeforeMs.delete(id)
      for (const id of short) if (!ids.has(id)) short.delete(id)
    },
    stop() {
      stopped = true
    },
  }
}
export type BuyersReader = ReturnType<typeof createBuyersReader>
