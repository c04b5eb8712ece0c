import { randomUUID } from 'node:crypto'
import { PaymentCallbackStored } from '@flashsale/contracts/events/payment-callback-stored.ts'
import type { OrderId } from '@flashsale/contracts/ids.ts'
import { addToOutbox } from '@flashsale/messaging/outbox.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import { inSteps } from '@flashsale/tracing/spans.ts'
import { addressee, canBePaymentId, readBankMessage } from '../domain/bank-message.ts'
import type { Outcome } from '../domain/callback-outcome.ts'

export type Callback = { provider: string; body: Buffer; signature: string }

/**
 * Keeps what the bank said and writes the event that settles it; both commit together. A copy is the
 * same row; while it is not settled its event is written again, which heals one that was lost.
 */
export async function storeCallback(tx: Tx, { provider, body, signature }: Callback) {
  const malformed: Outcome | null = readBankMessage(body) ? null : 'malformed'
  const paymentId = addressee(body) ?? null
  const { rows } = await tx.query<{ id: string; settled: boolean }>({
    name: 'store-callback',
    text: `insert into callbacks
             (id, provider, fingerprint, payment_id, body, signature, outcome, settled_at)
           values ($1, $2, sha256($4), $3, $4, $5, $6::text,
             case when $6::text is not null then now() end)
           on conflict (provider, fingerprint) do update set copies = callbacks.copies + 1
           returning id, settled_at is not null as settled`,
    values: [randomUUID(), provider, paymentId, body, signature, malformed],
  })
  const callbacks = rows.filter(({ settled }) => !settled)
  const orderId = paymentId === null ? undefined : await orderOf(tx, paymentId)
  const steps = orderId ? [{ name: `callback of ${provider}`, orderId }] : []
  await inSteps(steps, () => announce(tx, { orderId, key: orderId ?? paymentId ?? '' }, callbacks))
}

/** Callbacks that came before their payment was known are looked at again. */
export async function announceUnsettled(tx: Tx, paymentId: string, orderId: OrderId) {
  const { rows } = await tx.query<{ id: string }>({
    name: 'unsettled-callbacks-of-payment',
    text: `select id from callbacks
           where payment_id = $1 and settled_at is null and outcome = 'unknown-payment'`,
    values: [paymentId],
  })
  await announce(tx, { orderId, key: orderId }, rows)
}

type Told = { orderId: OrderId | undefined; key: string }

async function announce(tx: Tx, { orderId, key }: Told, callbacks: { id: string }[]) {
  if (callbacks.length === 0) return
  const data = callbacks.map(({ id }) => ({ callbackId: id, key, ...(orderId && { orderId }) }))
  await addToOutbox(tx, PaymentCallbackStored, data)
}

/** All events of one payment stand in a row under its order's key. */
async function orderOf(tx: Tx, paymentId: string): Promise<OrderId | undefined> {
  if (!canBePaymentId(paymentId)) return undefined
  const sql = 'select order_id as "orderId" from payments where id = $1'
  const { rows } = await tx.query<{ orderId: OrderId }>({
    name: 'order-of-payment',
    text: sql,
    values: [paymentId],
  })
  return rows[0]?.orderId
}

export async function unsettledCallbacks(tx: Tx, ids: string[]) {
  const { rows } = await tx.query<{ id: string; body: Buffer }>({
    name: 'unsettled-callbacks',
    text: `select id, body from callbacks
           where id = any($1::uuid[]) and settled_at is null order by received_at, id`,
    values: [ids],
  })
  return rows
}

/** A callback for a payment we don't know stays unsettled. */
export async function settleCallbacks(tx: Tx, settled: { id: string; outcome: Outcome }[]) {
  if (settled.length === 0) return
  await tx.query({
    name: 'settle-callbacks',
    text: `update callbacks c set outcome = s.outcome,
             settled_at = case when s.outcome <> 'unknown-payment' then now() end
           from unnest($1::uuid[], $2::text[]) as s(id, outcome) where c.id = s.id`,
    values: [settled.map(({ id }) => id), settled.map(({ outcome }) => outcome)],
  })
}

export async function countUnsettledCallbacks(tx: Tx): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    'select count(*)::int as count from callbacks where settled_at is null',
  )
  return rows[0]?.count ?? 0
}
