import type { Tx } from '@flashsale/service-kit/db.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import type { Lease } from './lease.ts'

const IDLE_MS_MAX = 3_000

/**
 * Begins a transaction that only the last holder may commit. From here to its end nobody with a higher
 * token gets past this line; once somebody did, it throws for every lower one. A holder that is stopped
 * in between is ended by Postgres, so that its successor is not kept waiting for long.
 */
export async function holdFence(tx: Tx, { name, token }: Pick<Lease, 'name' | 'token'>) {
  const highest = (await lockFence(tx, name)) ?? 0
  if (highest > token || (highest < token && !(await raiseFence(tx, name, token))))
    throw new Fault('lease.lost', 'a later holder of this lease has written', { name, token })
}

/** A shared lock: transactions of one holder do not wait for each other. */
async function lockFence(tx: Tx, name: string): Promise<number | undefined> {
  const { rows } = await tx.query<{ token: number | null }>({
    name: 'lock-fence',
    text: `with fence as materialized (select token from fences where name = $1 for share)
           select (select token from fence) as token,
                  set_config('idle_in_transaction_session_timeout', $2, true)`,
    values: [name, String(IDLE_MS_MAX)],
  })
  return rows[0]?.token ?? undefined
}

async function raiseFence(tx: Tx, name: string, token: number): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: 'raise-fence',
    text: `insert into fences as f (name, token) values ($1, $2)
           on conflict (name) do update set token = excluded.token
             where f.token <= excluded.token`,
    values: [name, token],
  })
  return rowCount === 1
}
