import { Erasure } from '@flashsale/contracts/http/erasure.ts'
import type { BuyerId } from '@flashsale/contracts/ids.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'

const LONGEST_COMMIT = "interval '1 minute'" // a sale that left Redis is seen by then, whenever it began
const RUN_AGAIN_AFTER = "interval '30 seconds'" // a run reads the whole ledger
/** Sales that were there when it was asked and can still move, or were not seen to be over by a run. */
const waiting = (seenBy: string) =>
  `from sales where created_at <= asked_at and phase <> 'draft'
     and (left_redis_at is null or left_redis_at > ${seenBy} - ${LONGEST_COMMIT})`

/** Asked again it begins anew: with all that has come since. */
export async function insertErasure(tx: Tx, subject: string, buyer: BuyerId): Promise<void> {
  await tx.query({
    name: 'insert-erasure',
    text: `insert into erasures (subject, buyer_id) values ($1, $2)
           on conflict (subject) do update
           set buyer_id = excluded.buyer_id, asked_at = now(), ran_at = null, done_at = null`,
    values: [subject, buyer],
  })
}

export async function readErasure(tx: Tx, subject: string): Promise<Erasure | undefined> {
  const { rows } = await tx.query<{
    askedAt: Date
    doneAt: Date | null
    salesWaiting: number
  }>({
    name: 'read-erasure',
    text: `select asked_at as "askedAt", done_at as "doneAt",
                  case when done_at is null then (select count(*) ${waiting('now()')}) else 0 end
                    as "salesWaiting"
           from erasures where subject = $1`,
    values: [subject],
  })
  const [row] = rows
  if (!row) return undefined
  const { askedAt, doneAt, salesWaiting } = row
  return Erasure.parse({
    subject,
    askedAt: askedAt.toISOString(),
    doneAt: doneAt?.toISOString(),
    salesWaiting: Number(salesWaiting),
  })
}

export type OpenErasure = { subject: string; buyer: BuyerId; startedAt: string }

/** Those with something to do: new ones, and those for which a sale has left Redis since they last ran. */
export async function readOpen(tx: Tx, limit: number): Promise<OpenErasure[]> {
  const { rows } = await tx.query<OpenErasure>({
    name: 'read-open-erasures',
    text: `select subject, buyer_id as buyer, now()::text as "startedAt" from erasures
           where done_at is null and (ran_at is null or ran_at < now() - ${RUN_AGAIN_AFTER} and exists (
             select from sales where left_redis_at > ran_at - ${LONGEST_COMMIT}))
           order by ran_at nulls first, asked_at limit $1`,
    values: [limit],
  })
  return rows
}

/** Done, and the id forgotten, when no sale of that time can have it any more. */
export async function markRun(tx: Tx, { subject, startedAt }: OpenErasure): Promise<boolean> {
  const { rows } = await tx.query<{ done: boolean }>({
    name: 'mark-erasure-run',
    text: `with over as (select not exists (select ${waiting('$2::timestamptz')}) as is_so
                         from erasures where subject = $1)
           update erasures set ran_at = $2,
             done_at = case when is_so then now() end,
             buyer_id = case when is_so then null else buyer_id end
           from over where subject = $1 and done_at is null
             and asked_at <= $2 -- else it was asked again meanwhile
           returning done_at is not null as done`,
    values: [subject, startedAt],
  })
  return rows[0]?.done === true
}

export async function countOpen(tx: Tx): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    'select count(*)::int as count from erasures where done_at is null',
  )
  return rows[0]?.count ?? 0
}
