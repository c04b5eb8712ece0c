import { randomUUID } from 'node:crypto'
import type { EventDefinition } from '@flashsale/contracts/define-event.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import { traceparentOf } from '@flashsale/tracing/spans.ts'
import type { z } from 'zod'

/**
 * Positions commit out of order. A row may be published only when every transaction that could still
 * put a row in front of it has ended: all those that were running when its own began to write.
 */
export const FENCE = 'xid < pg_snapshot_xmin(pg_current_snapshot())'

/** Writes one event for each of `dataList`, in that order. It is published after the commit. */
export async function addToOutbox<Data extends z.ZodType>(
  tx: Tx,
  event: EventDefinition<Data>,
  dataList: z.infer<Data>[],
): Promise<void> {
  if (dataList.length === 0) return
  const all = dataList.map((data) => event.data.parse(data))
  await tx.query({
    name: 'add-to-outbox',
    text: `insert into outbox (id, aggregatetype, aggregateid, type, payload, headers)
           select e.id, $1, e.key, $2, e.payload,
                  case when e.trace is null then $3::jsonb
                       else $3::jsonb || jsonb_build_object('traceparent', e.trace) end
           from unnest($4::uuid[], $5::text[], $6::jsonb[], $7::text[])
                with ordinality as e(id, key, payload, trace, n)
           order by e.n`,
    values: [
      event.topic,
      event.type,
      JSON.stringify({ version: String(event.version) }),
      all.map(() => randomUUID()),
      all.map((data) => event.key(data)),
      all.map((data) => JSON.stringify(data)),
      all.map((data) => traceOf(event, data)),
    ],
  })
}

function traceOf<Data extends z.ZodType>(event: EventDefinition<Data>, data: z.infer<Data>) {
  const orderId = event.order ? event.order(data) : event.key(data)
  return orderId === undefined ? null : (traceparentOf(orderId) ?? null)
}

export type OutboxRow = {
  position: number
  id: string
  topic: string
  key: string
  type: string
  value: string
  headers: Record<string, string>
  createdAt: Date
}

/** The oldest rows behind the fence, in the order in which they are to be published. */
export async function readOutbox(tx: Tx, rowsMax: number): Promise<OutboxRow[]> {
  const { rows } = await tx.query<OutboxRow>({
    name: 'read-outbox',
    text: `select position, id, aggregatetype as topic, aggregateid as key, type,
                  payload::text as value, headers, created_at as "createdAt"
           from outbox where ${FENCE} order by position limit $1`,
    values: [rowsMax],
  })
  return rows
}

export async function deleteFromOutbox(tx: Tx, positions: number[]): Promise<void> {
  const text = 'delete from outbox where position = any($1::bigint[])'
  await tx.query({ name: 'delete-from-outbox', text, values: [positions] })
}

/** Rows that wait, and those ever written before them: by their positions, for a count reads them all. */
export async function outboxBacklog(tx: Tx): Promise<{ waiting: number; done: number }> {
  const { rows } = await tx.query<{
    first: number | null
    last: number | null
    ever: number | null
  }>({
    name: 'outbox-backlog',
    text: `select (select min(position) from outbox) as first, (select max(position) from outbox) as last,
                  pg_sequence_last_value(pg_get_serial_sequence('outbox', 'position')) as ever`,
  })
  const { first, last, ever } = rows[0] ?? {}
  if (first == null || last == null) return { waiting: 0, done: ever ?? 0 }
  return { waiting: last - first + 1, done: first - 1 }
}

/** The highest position that is waiting, 0 when none is. */
export async function outboxEnd(tx: Tx): Promise<number> {
  const text = 'select coalesce(max(position), 0) as last from outbox'
  const { rows } = await tx.query<{ last: number }>(text)
  return rows[0]?.last ?? 0
}

/** Whether all that was committed up to `position` is published. */
export async function outboxPassed(tx: Tx, position: number): Promise<boolean> {
  const text = 'select not exists (select from outbox where position <= $1) as passed'
  const { rows } = await tx.query<{ passed: boolean }>(text, [position])
  return rows[0]?.passed === true
}
