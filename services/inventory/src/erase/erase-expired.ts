import { REPLACED_MAX } from '@flashsale/contracts/http/erasure.ts'
import type { OrderId, SaleId } from '@flashsale/contracts/ids.ts'
import { keptOfSale, markBuyersErased, readExpired } from '../db/buyers-kept.ts'
import { isErased } from '../domain/buyer-subject.ts'
import { type EraseDeps, replaceEverywhere } from './replace-everywhere.ts'

const DAY_MS = 86_400_000

type Deps = EraseDeps & { daysKept: number }

/** All buyers of one sale that was settled so long ago. True when there may be another. */
export async function eraseExpired(deps: Deps, signal: AbortSignal): Promise<boolean> {
  const saleId = await readExpired(deps.db, deps.daysKept)
  if (!saleId) {
    await forgetWithoutSale(deps, signal)
    return false
  }
  await eraseOrdersOf(deps, saleId, signal)
  await eraseHoldsOf(deps, saleId, signal) // also what order never learnt of
  await markBuyersErased(deps.db, saleId)
  return true
}

async function eraseOrdersOf(deps: Deps, saleId: SaleId, signal: AbortSignal) {
  for (let after: OrderId | undefined; ; ) {
    signal.throwIfAborted()
    const { orders, next } = await deps.orders.auditedPage(saleId, after)
    const kept = orders.flatMap(({ id: orderId, buyerId, state }) =>
      buyerId === null || state === 'cancel-wanted' || isErased(buyerId)
        ? []
        : [{ orderId, buyerId }],
    )
    await replaceEverywhere(deps, kept, 'order')
    if (next === undefined) return
    after = next
  }
}

async function eraseHoldsOf(deps: Deps, saleId: SaleId, signal: AbortSignal) {
  for (;;) {
    signal.throwIfAborted()
    const kept = await keptOfSale(deps.db, saleId, REPLACED_MAX)
    if (kept.length === 0) return
    await replaceEverywhere(deps, kept, 'ledger')
  }
}

async function forgetWithoutSale({ orders, daysKept }: Deps, signal: AbortSignal) {
  const before = new Date(Date.now() - daysKept * DAY_MS)
  while (!signal.aborted && (await orders.forgetBuyers(before)).more);
}
