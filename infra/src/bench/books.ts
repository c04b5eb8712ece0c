import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { waitUntil } from '../wait-until.ts'
import { ThrownAway } from './thrown-away.ts'
import type { World } from './world.ts'

const waitMs = 240_000
const lookEveryMs = 50

/** Books are compared with what buyers were told; of a 202 without a certain end either may be true. */
export type Told = { accepted: readonly string[]; unconfirmed: readonly string[] }

type Books = Pick<World, 'ledger' | 'orders'> & { desk: Pick<World['desk'], 'audit'> }

/** Every 202 is in the ledger, nothing else is, each is an order, and the audit is exact. */
export async function checkBooks(world: Books, saleId: string, told: Told): Promise<void> {
  await ordersExist(world, saleId, await checkLedger(world, saleId, told))
  const isRead = async () => {
    const audit = await world.desk.audit(saleId)
    if (audit?.exact === false) {
      throw new ThrownAway(`the audit is not exact: ${JSON.stringify(audit)}`)
    }
    return audit !== undefined
  }
  await waitUntil('an audit', isRead, waitMs)
}

/** How many holds there are, once all that was accepted is one. */
export async function checkLedger(
  world: Pick<Books, 'ledger'>,
  saleId: string,
  told: Told,
  timeoutMs = waitMs,
): Promise<number> {
  const { accepted, unconfirmed } = told
  if (new Set(accepted).size < accepted.length) throw new ThrownAway('an order was told twice')
  const count = accepted.length
  const giveUpAt = performance.now() + timeoutMs
  await reaches(world.ledger, { sql: COUNT_HOLDS, saleId, count, what: 'holds', timeoutMs })
  let held = await heldOrders(world.ledger, saleId)
  let missing = new Set(accepted).difference(held)
  while (missing.size > 0) {
    // Unconfirmed and refused ones were counted in their place.
    if (performance.now() > giveUpAt) {
      throw new ThrownAway(`${missing.size} accepted orders have no hold`)
    }
    await sleep(lookEveryMs)
    held = await heldOrders(world.ledger, saleId)
    missing = missing.difference(held)
  }
  const strangers = held.difference(new Set([...accepted, ...unconfirmed]))
  if (strangers.size > 0) throw new ThrownAway(`${strangers.size} holds were told to nobody`)
  return held.size
}

async function heldOrders(ledger: Pool, saleId: string): Promise<Set<string>> {
  const { rows } = await ledger.query<{ id: string }>(
    "select order_id as id from holds where sale_id = $1 and state <> 'refused'",
    [saleId],
  )
  return new Set(rows.map(({ id }) => id))
}

const COUNT_HOLDS = 'select count(*)::int as n from holds where sale_id = $1'
const COUNT_ORDERS = 'select count(*)::int as n from orders where sale_id = $1'

/** How long it took, in milliseconds. To look takes CPU, too: less often where only CPU is measured. */
export async function ordersExist(
  { orders }: Pick<Books, 'orders'>,
  saleId: string,
  count: number,
  everyMs = lookEveryMs,
) {
  const startedAt = performance.now()
  await reaches(orders, { sql: COUNT_ORDERS, saleId, count, what: 'orders', everyMs })
  return performance.now() - startedAt
}

type Count = {
  sql: string
  saleId: string
  count: number
  what: string
  timeoutMs?: number
  everyMs?: number
}

async function reaches(pool: Pool, { sql, saleId, count, what, ...times }: Count) {
  const { timeoutMs = waitMs, everyMs = lookEveryMs } = times
  let seen = 0
  const isThere = async () => {
    const { rows } = await pool.query<{ n: number }>(sql, [saleId])
    seen = rows[0]?.n ?? 0
    return seen >= count
  }
  const giveUpAt = performance.now() + timeoutMs
  while (!(await isThere())) {
    if (performance.now() > giveUpAt) throw new ThrownAway(`${seen} of ${count} ${what} came`)
    await sleep(everyMs)
  }
}
