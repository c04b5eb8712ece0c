import type { OrderId, PaymentId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'

const PAUSE_MAX_SECONDS = 30
const ATTEMPTS_BEFORE_STUCK = 10

export type Refund = { id: string; paymentId: PaymentId; orderId: OrderId; amountMinor: number }

/** One refund a payment: a second wish changes nothing. */
export async function insertRefunds(tx: Tx, refunds: Refund[]) {
  await tx.query({
    name: 'insert-refunds',
    text: `insert into refunds (id, payment_id, order_id, amount_minor, state)
           select id, payment, "order", amount, 'requested'
           from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[])
             as r(id, payment, "order", amount)
           on conflict do nothing`,
    values: [
      refunds.map((refund) => refund.id),
      refunds.map((refund) => refund.paymentId),
      refunds.map((refund) => refund.orderId),
      refunds.map((refund) => refund.amountMinor),
    ],
  })
}

export type ClaimedRefund = Refund & { currency: string }

/** Those to be sent now; each comes again after a growing pause until it is done, stuck ones too. */
export async function claimRefunds(tx: Tx, max: number): Promise<ClaimedRefund[]> {
  const { rows } = await tx.query<ClaimedRefund>({
    name: 'claim-refunds',
    text: `update refunds set attempts = attempts + 1, changed_at = now(),
             state = case when attempts >= $2 then 'stuck' else 'sent' end,
             next_try_at = now() + least($3, power(2, least(attempts, 10))) * interval '1 second'
           where id in (
             select id from refunds where state <> 'done' and next_try_at <= now()
             order by next_try_at limit $1 for update skip locked)
           returning id, payment_id as "paymentId", order_id as "orderId",
             amount_minor as "amountMinor",
             (select currency from payments p where p.id = payment_id) as currency`,
    values: [max, ATTEMPTS_BEFORE_STUCK, PAUSE_MAX_SECONDS],
  })
  return rows
}

/** False when it was done before. */
export async function finishRefund(tx: Tx, id: string): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: 'finish-refund',
    text: `update refunds set state = 'done', changed_at = now()
           where id = $1 and state <> 'done'`,
    values: [id],
  })
  return rowCount === 1
}

export async function countOpenRefunds(tx: Tx): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    `select count(*)::int as count from refunds where state <> 'done'`,
  )
  return rows[0]?.count ?? 0
}

export async function countStuckRefunds(tx: Tx): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    `select count(*)::int as count from refunds where state = 'stuck'`,
  )
  return rows[0]?.count ?? 0
}
