import type {
  ActionId,
  ActionNote,
  ActionQuery,
  AdminActionPage,
} from '@flashsale/contracts/http/admin-actions.ts'
import { AdminActionPage as Page } from '@flashsale/contracts/http/admin-actions.ts'
import type { Tx } from '@flashsale/service-kit/db.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'

type Note = Omit<ActionNote, 'target'> & { target: string }

export async function insertNote(tx: Tx, note: Note): Promise<void> {
  const { id, stage, at, who, address, action, target, asked, before, after, outcome } = note
  await tx.query({
    name: 'insert-admin-note',
    text: `insert into admin_actions
             (id, stage, at, who, address, action, target, asked, before, after, outcome)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`,
    values: [
      ...[id, stage, at, who, address, action, target],
      ...[asked, before, after].map(asJson),
      outcome ?? null,
    ],
  })
}

export type Changed = { target: string; before?: unknown; after: unknown }

/** In the transaction of the change itself: nothing is changed in an operator's name without it. */
export async function recordChange(tx: Tx, id: ActionId | undefined, change: Changed) {
  if (id === undefined) return // a job's doing, or another service's
  const { rowCount } = await tx.query({
    name: 'record-admin-change',
    text: `with wanted as (
             select * from admin_actions where id = $1 and stage = 'wanted'
           ), changed as (
             insert into admin_actions (id, stage, at, who, address, action, target, before, after)
             select id, 'changed', now(), who, address, action, $2, $3, $4 from wanted
             on conflict do nothing
           ) select from wanted`,
    values: [id, change.target, asJson(change.before), asJson(change.after)],
  })
  if (rowCount !== 1) throw new Fault('admin.unrecorded', 'a change has no open record', { id })
}

type Filter = Omit<ActionQuery, 'buyer'>

/** Newest first, all stages of an action in one. */
export async function listActions(tx: Tx, filter: Filter): Promise<AdminActionPage> {
  const { cursor, limit, action, target, who } = filter
  const { rows } = await tx.query<{ action: unknown }>({
    name: 'list-admin-actions',
    text: `select json_strip_nulls(json_build_object(
             'id', w.id, 'at', ${iso('w.at')}, 'who', w.who, 'address', w.address,
             'action', w.action, 'target', coalesce(c.target, w.target), 'asked', w.asked,
             'before', coalesce(c.before, a.before), 'after', coalesce(c.after, a.after),
             'outcome', coalesce(a.outcome, case when c.id is null then 'unknown' else 'done' end),
             'recordedAt', ${iso('w.recorded_at')})) as action
           from admin_actions w
           left join admin_actions c on c.id = w.id and c.stage = 'changed'
           left join admin_actions a on a.id = w.id and a.stage = 'answered'
           where w.stage = 'wanted'
             and ($1::uuid is null or (w.at, w.id) < (select at, id from admin_actions
                                                      where id = $1 and stage = 'wanted'))
             and ($2::text is null or w.action = $2)
             and ($3::text is null or coalesce(c.target, w.target) = $3)
             and ($4::text is null or w.who = $4)
           order by w.at desc, w.id desc limit $5`,
    values: [cursor ?? null, action ?? null, target ?? null, who ?? null, limit + 1],
  })
  const found = rows.map((row) => row.action)
  const { actions } = Page.parse({ actions: found.slice(0, limit) })
  const last = actions.at(-1)
  return found.length > limit && last ? { actions, nextCursor: last.id } : { actions }
}

const asJson = (value: unknown) => (value === undefined ? null : JSON.stringify(value))
const iso = (column: string) =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
