import type { Db } from '@flashsale/service-kit/db.ts'
import { applyInput } from '../db/apply-input.ts'
import { lockDueOrders } from '../db/due-orders.ts'

export const CANCEL_UNPAID_EVERY_MS = 250
const ORDERS_MAX = 500 // in one transaction

/** Cancels orders whose time to pay is over; true when there may be more. Any number may run at once. */
export async function cancelUnpaid(db: Db): Promise<boolean> {
  return await db.tx(async (tx) => {
    const due = await lockDueOrders(tx, ORDERS_MAX)
    await applyInput(
      tx,
      'timed out',
      due.map((id) => ({ id })),
    )
    return due.length === ORDERS_MAX
  })
}
