/** What a recovery alone reads and writes (R18). */
import type { CancelReason } from '@flashsale/contracts/events/order-cancelled.ts'
import type { OrderId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'

const TIME_TO_PAY_SECONDS = 60 // at least, from the recovery on

/** Tells nobody: those who had to know were told the first time. */
export async function cancelAgain(tx: Tx, orders: { id: OrderId; reason: CancelReason }[]) {
  await tx.query({
    name: 'cancel-again',
    text: `update orders o set state = 'cancelled', reason = c.reason, changed_at = now()
           from unnest($1::uuid[], $2::text[]) as c(id, reason)
           where o.id = c.id and o.state = 'pending-payment'`,
    values: [orders.map(({ id }) => id), orders.map(({ reason }) => reason)],
  })
}

/** The time for which everything stood still is not the buyers'. */
export async function giveTime(tx: Tx) {
  await tx.query(
    `update orders set pay_by = greatest(pay_by, now() + $1 * interval '1 second')
     where state = 'pending-payment'`,
    [TIME_TO_PAY_SECONDS],
  )
}

/** The returned function tells what has come about since this call. */
export async function startCounting(tx: Tx) {
  const { rows: begun } = await tx.query<{ at: Date }>('select clock_timestamp() as at')
  const at = begun[0]?.at ?? new Date()
  return async () => {
    const { rows } = await tx.query<{ made: number; moved: number }>(
      `select count(*) filter (where created_at >= $1) as made,
              count(*) filter (where created_at < $1) as moved
       from orders where changed_at >= $1`,
      [at],
    )
    const dead = await tx.query<{ key: string }>('select key from dead_keys where died_at >= $1', [
      at,
    ])
    const { made = 0, moved = 0 } = rows[0] ?? {}
    return { made, moved, dead: dead.rows.map(({ key }) => key) }
  }
}
