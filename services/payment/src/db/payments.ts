import type { PaymentBody } from '@flashsale/contracts/http/payment.ts'
import type { OrderId, PaymentId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import type { BankMessage } from '../domain/bank-message.ts'
import { type BankWord, moveOn, type PaymentState } from '../domain/payment-state.ts'

export type Payment = {
  id: PaymentId
  orderId: OrderId
  amountMinor: number
  currency: string
  state: PaymentState
  capturedMinor: number | null
  checkoutUrl: string | null
  orderCancelled: boolean
}
type NewPayment = PaymentBody & { id: PaymentId; checkBackMs: number }

/** Nothing is inserted for an order that is cancelled or has its payment. */
export async function insertPayment(tx: Tx, payment: NewPayment) {
  await tx.query({
    name: 'insert-payment',
    text: `insert into payments
             (id, order_id, sale_id, buyer_id, amount_minor, currency, state, next_check_at)
           select $1, $2, $3, $4, $5, $6, 'created', now() + $7 * interval '1 millisecond'
           where not exists (select from cancelled_orders where order_id = $2)
           on conflict do nothing`,
    values: [
      payment.id,
      payment.orderId,
      payment.saleId,
      payment.buyerId,
      payment.amountMinor,
      payment.currency,
      payment.checkBackMs,
    ],
  })
}

export async function findPayments(tx: Tx, ids: string[]): Promise<Payment[]> {
  const { rows } = await tx.query<Payment>({
    name: 'find-payments',
    text: `select id, order_id as "orderId", amount_minor as "amountMinor", currency, state,
             captured_minor as "capturedMinor", checkout_url as "checkoutUrl",
             exists (select from cancelled_orders c where c.order_id = p.order_id)
               as "orderCancelled"
           from payments p where id = any($1::uuid[])`,
    values: [ids],
  })
  return rows
}

/** The bank has the checkout. A payment that went on in the meantime keeps its state. */
export async function setCheckout(tx: Tx, id: PaymentId, checkoutUrl: string) {
  await tx.query({
    name: 'set-checkout',
    text: `update payments set checkout_url = $2, changed_at = now(),
             state = case state when 'created' then 'in-progress' else state end
           where id = $1 and checkout_url is null`,
    values: [id, checkoutUrl],
  })
}

export type Moved = Pick<Payment, 'id' | 'orderId' | 'currency'> & {
  capturedMinor: number
  capturedAt: Date
}

/** The payments that this word moved: each at most once, however many say it, at once or again. */
export async function movePayments(tx: Tx, word: BankWord, messages: BankMessage[]) {
  if (messages.length === 0) return []
  const { from, to } = moveOn(word)
  const { rows } = await tx.query<Moved>({
    name: 'move-payments',
    text: `update payments p
           set state = $1, changed_at = now(),
             captured_minor = nullif(said.amount, 0),
             captured_at = case when said.amount > 0 then now() end
           from unnest($2::uuid[], $3::bigint[], $4::text[]) as said(id, amount, currency)
           where p.id = said.id and p.state = any($5)
             and said.currency in ('', p.currency)
           returning p.id, p.order_id as "orderId", p.currency,
             p.captured_minor as "capturedMinor", p.captured_at as "capturedAt"`,
    values: [
      to,
      messages.map((message) => message.paymentId),
      messages.map((message) => message.amountMinor),
      messages.map((message) => message.currency),
      from,
    ],
  })
  return rows
}
