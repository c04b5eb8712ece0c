/** Payments that are not final, handed to one worker at a time by moving their next time. */
import type { OrderId, PaymentId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import { openStates } from '../domain/payment-state.ts'

export type OpenPayment = {
  id: PaymentId
  orderId: OrderId
  amountMinor: number
  currency: string
}
type Claim = { everyMs: number; max: number }

/** Whatever the order's state: money can come for a cancelled one too (R12). */
export async function claimForCheckBack(tx: Tx, { everyMs, max }: Claim) {
  const { rows } = await tx.query<OpenPayment>({
    name: 'claim-for-check-back',
    text: `update payments set next_check_at = now() + $1 * interval '1 millisecond'
           where id in (
             select id from payments where state = any($3) and next_check_at <= now()
             order by next_check_at limit $2 for update skip locked)
           returning id, order_id as "orderId", amount_minor as "amountMinor", currency`,
    values: [everyMs, max, openStates],
  })
  return rows
}

/** Payments of orders that were cancelled that long ago: their checkout is to be ended. */
export async function claimForExpiry(tx: Tx, claim: Claim & { afterSeconds: number }) {
  const { rows } = await tx.query<OpenPayment>({
    name: 'claim-for-expiry',
    text: `update payments set next_expire_at = now() + $1 * interval '1 millisecond'
           where id in (
             select p.id from payments p join cancelled_orders c on c.order_id = p.order_id
             where p.state = any($3) and p.next_expire_at <= now()
               and c.cancelled_at <= now() - $4 * interval '1 second'
             limit $2 for update of p skip locked)
           returning id, order_id as "orderId", amount_minor as "amountMinor", currency`,
    values: [claim.everyMs, claim.max, openStates, claim.afterSeconds],
  })
  return rows
}
