import type { Audit } from '@flashsale/contracts/http/audit.ts'
import { askReceipts } from '../demo/ask-receipts.ts'
import type { Bank } from '../demo/bank.ts'
import { priceMinor } from '../demo/cast.ts'
import { createCountdown } from '../demo/countdown.ts'
import type { Desk } from '../demo/desk.ts'
import { createReceipts } from '../demo/receipts.ts'
import type { Shop } from '../demo/shop.ts'
import type { Stage } from '../demo/stage.ts'
import type { Tally } from '../demo/tally.ts'
import type { Time } from '../demo/time.ts'
import { createWaiters } from '../demo/waiters.ts'
import type { AuditBook } from './audit-book.ts'
import { type Arrival, comeIn, goOn } from './buyers.ts'

export const perBuyerLimit = 2
const lastsMs = 30 * 60_000
const tryAgainMs = 400
const restEveryMs = 1_000

export type Shared = {
  shop: Shop
  desk: Desk
  bank: Bank
  tally: Tally
  time: Time
  books: AuditBook
  sign: (user: string) => string
}
export type SaleSizes = { stock: number; paymentWindowSeconds: number }
export type SaleRun = Awaited<ReturnType<typeof openSaleRun>>

/** Opens a sale, however long that takes while parts are away. */
export async function openSaleRun(shared: Shared, sizes: SaleSizes) {
  const { time, tally, books } = shared
  const id = await createSale(shared, sizes)
  const receipts = createReceipts(() => {})
  receipts.setStock(sizes.stock)
  const stage: Stage = {
    ...shared,
    saleId: id,
    opensAt: performance.now(),
    receipts,
    frontRow: createCountdown(0),
    waiters: createWaiters(),
  }
  const buyers = new Set<Promise<void>>()
  let atDoor = 0
  let isOver = false

  async function play(arrival: Arrival): Promise<void> {
    try {
      atDoor++
      const won = await comeIn(stage, arrival).finally(() => void atDoor--)
      await goOn(stage, won)
    } catch (error) {
      tally.fault(`${arrival.buyer.name} (${arrival.buyer.plan}) was stopped by: ${error}`)
    }
  }

  async function close(): Promise<void> {
    while (!time.isUp()) {
      const isClosed = await shared.desk.close(id).then(
        () => true,
        () => false,
      )
      if (isClosed) return
      await time.pause(tryAgainMs)
    }
  }

  /** Every order has ended, the books say so, and every receipt was asked for its end. */
  async function settle(): Promise<void> {
    await close()
    while (buyers.size > 0 && !time.isUp()) await Promise.race([...buyers, time.pause(restEveryMs)])
    while (!time.isUp()) {
      if (isAtRest(await books.read(id))) break
      await time.pause(restEveryMs)
    }
    await askReceipts(stage, () => {})
    isOver = !time.isUp()
  }

  return {
    id,
    receipts: () => receipts.all(),
    answers: () => receipts.answers(),
    atDoor: () => atDoor,
    ageMs: () => performance.now() - stage.opensAt,
    audit: () => books.read(id),
    isOver: () => isOver,
    arrive(arrival: Arrival): void {
      const buyer: Promise<void> = play(arrival).finally(() => void buyers.delete(buyer))
      buyers.add(buyer)
    },
    settle,
  }
}

export function isAtRest(audit: Audit | undefined): boolean {
  if (!audit) return false
  const { held, inFlight, available, money, exact } = audit
  const isSettled = money.toBeRefundedMinor + money.settlingMinor === 0
  return exact && isSettled && held + inFlight + available === 0
}

async function createSale({ desk, time }: Shared, sizes: SaleSizes): Promise<string> {
  while (true) {
    try {
      const now = Date.now()
      const { id, state } = await desk.createSale({
        title: 'Phone, while the lights go out',
        sku: 'PHONE-1',
        priceMinor,
        currency: 'CNY',
        perBuyerLimit,
        opensAt: new Date(now - 1_000).toISOString(),
        closesAt: new Date(now + lastsMs).toISOString(),
        admission: { mode: 'direct' },
        ...sizes,
      })
      if (state === 'open') return id
    } catch (error) {
      if (time.isUp()) throw error
    }
    await time.pause(tryAgainMs)
  }
}
