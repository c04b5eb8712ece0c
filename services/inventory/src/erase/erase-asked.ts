import type { OrderView } from '@flashsale/contracts/http/order.ts'
import type { BuyerId, OrderId } from '@flashsale/contracts/ids.ts'
import { firstOrderId } from '@flashsale/contracts/order-id.ts'
import { areOver, endOfPage, keptOfBuyers } from '../db/buyers-kept.ts'
import { countOpen, markRun, readOpen } from '../db/erasures.ts'
import { metrics } from '../metrics.ts'
import { type EraseDeps, replaceEverywhere } from './replace-everywhere.ts'

const BUYERS_A_RUN = 100
const HOLDS_A_PAGE = 50_000

/**
 * Buyers whose erasure was asked for, in every sale that has left Redis; those of the others come again
 * when theirs has. True when there may be more to do.
 */
export async function eraseAsked(deps: EraseDeps, signal: AbortSignal): Promise<boolean> {
  const { db } = deps
  const open = await readOpen(db, BUYERS_A_RUN)
  metrics.erasuresOpen.set(await countOpen(db))
  if (open.length === 0) return false
  for (const { buyer } of open) await eraseOrders(deps, buyer, signal)
  const buyers = open.map(({ buyer }) => buyer)
  await eraseHolds(deps, buyers, signal)
  for (const one of open) await markRun(db, one)
  metrics.erasuresOpen.set(await countOpen(db))
  return open.length === BUYERS_A_RUN
}

/** By order's index of buyers. */
async function eraseOrders(deps: EraseDeps, buyer: BuyerId, signal: AbortSignal) {
  for (let cursor: string | undefined; ; ) {
    signal.throwIfAborted()
    const { orders, nextCursor } = await deps.orders.ofBuyer(buyer, cursor)
    const over = new Set(await areOver(deps.db, orders))
    const kept = orders.filter(({ id }) => over.has(id)).map(toKept)
    await replaceEverywhere(deps, kept, 'order')
    if (nextCursor === undefined) return
    cursor = nextCursor
  }
}

const toKept = ({ id, buyerId }: OrderView) => ({ orderId: id, buyerId })

/** What order never learnt of, such as a hold whose event could not be read. Pages keep statements short. */
async function eraseHolds(deps: EraseDeps, buyers: BuyerId[], signal: AbortSignal) {
  for (let after: OrderId | undefined = firstOrderId(0); after !== undefined; ) {
    signal.throwIfAborted()
    const upTo: OrderId | undefined = await endOfPage(deps.db, after, HOLDS_A_PAGE)
    const kept = await keptOfBuyers(deps.db, buyers, { after, upTo })
    await replaceEverywhere(deps, kept, 'ledger')
    after = upTo
  }
}
