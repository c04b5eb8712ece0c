import type { Audit } from '@flashsale/contracts/http/audit.ts'
import { askReceipts } from '../demo/ask-receipts.ts'
import type { Bank } from '../demo/bank.ts'
import { priceMinor } from '../demo/cast.ts'
import { createCountdown } from '../demo/countdown.ts'
import type { Desk } from '../demo/desk.ts'
import { createReceipts, type Receipt } from '../demo/receipts.ts'
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
const toldOfBuyers = 3

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
  const { tally, books } = shared
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
  const buyers = new Map<Promise<void>, Doing>()
  let atDoor = 0
  let waitsFor = 'its end'

  async function play(arrival: Arrival, doing: Doing): Promise<void> {
    try {
      atDoor++
      const won = await comeIn(stage, arrival).finally(() => void atDoor--)
      doing.receipts = won
      await goOn(stage, won)
    } catch (error) {
      tally.fault(`${arrival.buyer.name} (${arrival.buyer.plan}) was stopped by: ${error}`)
    }
  }

  const settle = async () => {
    waitsFor = 'being closed'
    await settleSale(stage, books, {
      buyers: () => [...buyers.values()],
      waitFor: (what) => {
        waitsFor = what
      },
    })
  }
  return {
    id,
    receipts: () => receipts.all(),
    /** Of who asked for units by other ways than `arrive`: each 202 is a receipt. */
    take: receipts.take,
    atDoor: () => atDoor,
    ageMs: () => performance.now() - stage.opensAt,
    audit: () => books.read(id),
    /** What it still waits for; empty when all of it has ended. */
    waitsFor: () => waitsFor,
    arrive(arrival: Arrival): void {
      const doing: Doing = { arrival }
      const buyer: Promise<void> = play(arrival, doing).finally(() => void buyers.delete(buyer))
      buyers.set(buyer, doing)
    },
    settle,
  }
}

/** Without receipts it still asks for units. */
type Doing = { arrival: Arrival; receipts?: Receipt[] }
type Watch = { buyers: () => Doing[]; waitFor: (what: string) => void }

/** Every order has ended, the books say so, and every receipt was asked for its end. */
async function settleSale(stage: Stage, books: AuditBook, { buyers, waitFor }: Watch) {
  const { time, saleId, receipts } = stage
  while (!time.isUp() && !(await isClosed(stage))) await time.pause(tryAgainMs)
  while (!time.isUp() && buyers().length > 0) {
    waitFor(inShort(buyers()))
    await time.pause(restEveryMs)
  }
  while (!time.isUp()) {
    const audit = await books.read(saleId)
    if (isAtRest(audit)) break
    waitFor(`its books, which say ${inWords(audit)}`)
    await time.pause(restEveryMs)
  }
  let left = receipts.all().length
  await askReceipts(stage, () => waitFor(`the end of ${--left} receipts`))
  if (!time.isUp()) waitFor('')
}

/** How many buyers, and what the first of them are at: who waits for long is to be found by it. */
function inShort(buyers: Doing[]): string {
  const at = ({ arrival, receipts }: Doing) => {
    const orders = receipts?.map(({ seen, orderId }) => `${seen ?? 'unseen'} ${orderId}`)
    return orders ? `${arrival.buyer.plan}: ${orders.join(', ')}` : `${arrival.asks}: no answer yet`
  }
  const first = buyers.slice(0, toldOfBuyers).map(at)
  return `${buyers.length} buyers (${first.join('; ')})`
}

function isClosed({ desk, saleId }: Stage): Promise<boolean> {
  return desk.close(saleId).then(
    () => true,
    () => false,
  )
}

export function isAtRest(audit: Audit | undefined): boolean {
  if (!audit) return false
  const { held, inFlight, available, money, exact } = audit
  const isSettled = money.toBeRefundedMinor + money.settlingMinor === 0
  return exact && isSettled && held + inFlight + available === 0
}

function inWords(audit: Audit | undefined): string {
  if (!audit) return 'nothing'
  const { held, inFlight, available, drift, exact, money } = audit
  const { toBeRefundedMinor, settlingMinor } = money
  return JSON.stringify({
    held,
    inFlight,
    available,
    drift,
    exact,
    toBeRefundedMinor,
    settlingMinor,
  })
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
