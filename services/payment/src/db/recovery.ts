/** What a recovery alone reads and writes (R18). */
import type { OrderId, PaymentId, SaleId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'

/** Orders of these that have no payment here and were never known to be over: they could have got one. */
export async function withoutPayment(tx: Tx, orderIds: OrderId[]): Promise<OrderId[]> {
  const { rows } = await tx.query<{ id: OrderId }>({
    name: 'without-payment',
    text: `select w.id from unnest($1::uuid[]) as w(id)
           where not exists (select from payments where order_id = w.id)
             and not exists (select from cancelled_orders where order_id = w.id)`,
    values: [orderIds],
  })
  return rows.map(({ id }) => id)
}

type Recovered = {
  id: PaymentId
  orderId: OrderId
  saleId: SaleId
  buyerId: string
  amountMinor: number
  currency: string
  checkoutUrl: string | null
}

/** Asked about at once by check-back, as any payment that is open. False when it was there. */
export async function insertRecovered(tx: Tx, payment: Recovered): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: 'insert-recovered-payment',
    text: `insert into payments (id, order_id, sale_id, buyer_id, amount_minor, currency, state,
                                 checkout_url, next_check_at)
           values ($1, $2, $3, $4, $5, $6,
                   case when $7::text is null then 'created' else 'in-progress' end, $7, now())
           on conflict do nothing`,
    values: [
      payment.id,
      payment.orderId,
      payment.saleId,
      payment.buyerId,
      payment.amountMinor,
      payment.currency,
      payment.checkoutUrl,
    ],
  })
  return rowCount === 1
}

/** Payments of these about which the bank's answer is on record, and on its way to be settled. */
export async function beingSettled(tx: Tx, ids: string[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ id: string }>(
    `select payment_id as id from callbacks
     where payment_id = any($1::text[]) and provider = 'bank-check-back'
       and settled_at is null and outcome is null`,
    [ids],
  )
  return new Set(rows.map(({ id }) => id))
}

/** The bank's answers that a recovery has asked for and that nobody has settled. */
export async function answersToSettle(tx: Tx, limit: number): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from callbacks where provider = 'bank-check-back'
       and settled_at is null and outcome is null limit $1`,
    [limit],
  )
  return rows.map(({ id }) => id)
}

export async function knownRefunds(tx: Tx, ids: string[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ id: string }>(
    'select id from refunds where id = any($1::uuid[])',
    [ids],
  )
  return new Set(rows.map(({ id }) => id))
}

/** The returned function tells what has come about since this call. */
export async function startCounting(tx: Tx) {
  const { rows: begun } = await tx.query<{ at: Date }>('select clock_timestamp() as at')
  const at = begun[0]?.at ?? new Date()
  return async () => {
    const { rows } = await tx.query<{ count: number }>(
      'select count(*) as count from refunds where created_at >= $1',
      [at],
    )
    const dead = await tx.query<{ key: string }>('select key from dead_keys where died_at >= $1', [
      at,
    ])
    return { refunds: rows[0]?.count ?? 0, dead: dead.rows.map(({ key }) => key) }
  }
}
