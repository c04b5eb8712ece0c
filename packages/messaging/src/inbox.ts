import type { Tx } from '@flashsale/service-kit/db.ts'

type Entry = { id: string; type: string; occurredAt: string }

/** Ids of the events that were never handled here; copies, also within `events`, are left out. */
export async function enterInbox(tx: Tx, events: Entry[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ id: string }>({
    name: 'enter-inbox',
    text: `insert into inbox (event_id, type, occurred_at)
           select * from unnest($1::uuid[], $2::text[], $3::timestamptz[])
           on conflict (event_id) do nothing returning event_id as id`,
    values: [
      events.map((event) => event.id),
      events.map((event) => event.type),
      events.map((event) => event.occurredAt),
    ],
  })
  return new Set(rows.map((row) => row.id))
}
