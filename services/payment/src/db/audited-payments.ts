import type { AuditedPayment } from '@flashsale/contracts/http/order.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'

type Page = { saleId: string; after: string | undefined; limit: number }

/** A page of the sale's payments with their refunds, in the order of ids, read in one statement. */
export async function auditedPayments(tx: Tx, { saleId, after, limit }: Page) {
  const { rows } = await tx.query<AuditedPayment>({
    name: 'audited-payments',
    text: `select p.id, p.order_id as "orderId", p.state, p.amount_minor as "amountMinor",
             coalesce(p.captured_minor, 0) as "capturedMinor",
             (extract(epoch from clock_timestamp() - p.captured_at) * 1000)::float8
               as "captureAgeMs",
             r.state as "refundState", coalesce(r.amount_minor, 0) as "refundMinor"
           from payments p left join refunds r on r.payment_id = p.id
           where p.sale_id = $1 and ($2::uuid is null or p.id > $2)
           order by p.id limit $3`,
    values: [saleId, after ?? null, limit],
  })
  return rows
}
