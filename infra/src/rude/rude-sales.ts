import type { Desk } from '../demo/desk.ts'
import type { Shop } from '../demo/shop.ts'
import type { AuditBook } from '../drill/audit-book.ts'
import { isAtRest } from '../drill/sale-run.ts'
import { waitUntil } from '../wait-until.ts'
import type { Won } from './line.ts'

const lastsMs = 24 * 60 * 60_000
const paymentWindowSeconds = 5
const stock = 200
const soldOutWithinMs = 10_000
const atRestWithinMs = 60_000
const ends = new Set(['paid', 'cancelled', 'refunded'])

type Deps = { desk: Desk; shop: Shop; books: AuditBook }

/** What rude clients ask for: nobody pays here, and what is held comes back when its time is over. */
export function createRudeSales({ desk, shop, books }: Deps) {
  const saleIds: string[] = []

  async function open(units: number): Promise<string> {
    const now = Date.now()
    const { id } = await desk.createSale({
      title: 'For whoever does not behave',
      sku: 'RUDE-1',
      priceMinor: 100,
      currency: 'CNY',
      stock: units,
      perBuyerLimit: 1,
      opensAt: new Date(now - 1_000).toISOString(),
      closesAt: new Date(now + lastsMs).toISOString(),
      paymentWindowSeconds,
      admission: { mode: 'direct' },
    })
    saleIds.push(id)
    return id
  }

  return {
    /** One that sells, and one that has nothing left. */
    async openBoth() {
      const [selling, soldOut] = [await open(stock), await openSoldOut()]
      return { selling, soldOut }
    },
    /** Closes them and waits until their books are at rest; how many 202s are without an end. */
    async settle(won: readonly Won[]) {
      for (const saleId of saleIds) {
        const closes = () =>
          desk.close(saleId).then(
            () => true,
            () => false,
          )
        await waitUntil('a sale of the rude clients to be closed', closes, atRestWithinMs)
        const rests = async () => isAtRest(await books.read(saleId))
        await waitUntil('a sale of the rude clients to be at rest', rests, atRestWithinMs)
      }
      const orders = await Promise.all(won.map(({ orderId, token }) => shop.order(orderId, token)))
      const withoutEnd = orders.filter((order) => !order || !ends.has(order.status)).length
      return { sales: saleIds.length, receipts: orders.length, withoutEnd }
    },
  }

  /** All of it is withdrawn: no unit ever comes back to it. */
  async function openSoldOut(): Promise<string> {
    const id = await open(1)
    await desk.withdraw(id, 1)
    const isSoldOut = async () => (await desk.saleState(id)) === 'sold-out'
    await waitUntil('a sale to have nothing left', isSoldOut, soldOutWithinMs)
    return id
  }
}
