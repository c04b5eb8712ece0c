import type { Pool } from 'pg'
import { waitUntil } from '../wait-until.ts'
import { ThrownAway } from './thrown-away.ts'
import type { World } from './world.ts'

const hourMs = 3_600_000
const seenTimeoutMs = 10_000
const recordedTimeoutMs = 240_000
const lookEveryMs = 100

/** Books are compared with what buyers were told; of a 202 without a certain end either may be true. */
export type Told = { accepted: readonly string[]; unconfirmed: readonly string[] }

/** A sale of one unit a buyer, whose orders nobody pays while the benchmark lasts. */
export async function openSale({ desk }: World, stock: number, opensInMs = -1_000) {
  const opensAt = Date.now() + opensInMs
  const sale = await desk.createSale({
    title: 'benchmark',
    sku: 'BENCH-1',
    priceMinor: 100,
    currency: 'CNY',
    stock,
    perBuyerLimit: 1,
    opensAt: new Date(opensAt).toISOString(),
    closesAt: new Date(opensAt + 24 * hourMs).toISOString(),
    paymentWindowSeconds: hourMs / 1_000,
    admission: { mode: 'direct' },
  })
  return sale.id
}

export const buyPath = (saleId: string) => `/v1/sales/${saleId}/orders`

/** Resolves when the gateway says so. */
export async function saleBecomes({ desk }: World, saleId: string, state: string): Promise<void> {
  const isSo = async () => (await desk.saleState(saleId)) === state
  await waitUntil(`a sale to be ${state}`, isSo, seenTimeoutMs)
}

/**
 * Keeps the ledger's writer waiting at its fence, as a Postgres that is busy would, until `work` is
 * done: intake alone is measured then, and all it took is written afterwards.
 */
export async function whileLedgerWaits<T>(
  { ledger }: World,
  saleIds: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const client = await ledger.connect()
  try {
    await client.query('begin')
    await client.query('select from segments where sale_id = any($1::uuid[]) for update', [saleIds])
    return await work()
  } finally {
    await client.query('rollback')
    client.release()
  }
}

/** Every 202 is in the ledger, nothing else is, each is an order, and the audit is exact. */
export async function checkBooks(world: World, saleId: string, told: Told): Promise<void> {
  await ordersExist(world, saleId, await checkLedger(world, saleId, told))
  let isExact = false
  const read = async () => {
    const audit = await world.desk.audit(saleId)
    isExact = audit?.exact === true
    if (audit && !isExact) throw new ThrownAway(`the audit is not exact: ${JSON.stringify(audit)}`)
    return isExact
  }
  await waitUntil('an audit', read, recordedTimeoutMs)
}

/** How many holds there are, once all that was accepted is one. */
export async function checkLedger(world: World, saleId: string, told: Told): Promise<number> {
  const { accepted, unconfirmed } = told
  await reaches(world.ledger, COUNT_HOLDS, saleId, accepted.length, 'holds')
  const { rows } = await world.ledger.query<{ id: string }>(
    "select order_id as id from holds where sale_id = $1 and state <> 'refused'",
    [saleId],
  )
  const held = new Set(rows.map(({ id }) => id))
  const missing = new Set(accepted).difference(held)
  const strangers = held.difference(new Set([...accepted, ...unconfirmed]))
  if (missing.size > 0) throw new ThrownAway(`${missing.size} accepted orders have no hold`)
  if (strangers.size > 0) throw new ThrownAway(`${strangers.size} holds were told to nobody`)
  if (new Set(accepted).size < accepted.length) throw new ThrownAway('an order was told twice')
  return held.size
}

const COUNT_HOLDS = 'select count(*)::int as n from holds where sale_id = $1'
const COUNT_ORDERS = 'select count(*)::int as n from orders where sale_id = $1'

/** How long it took, in milliseconds. */
export async function ordersExist({ orders }: World, saleId: string, count: number) {
  const startedAt = performance.now()
  await reaches(orders, COUNT_ORDERS, saleId, count, 'orders')
  return performance.now() - startedAt
}

async function reaches(pool: Pool, sql: string, saleId: string, count: number, what: string) {
  let seen = 0
  const isThere = async () => {
    const { rows } = await pool.query<{ n: number }>(sql, [saleId])
    seen = rows[0]?.n ?? 0
    return seen >= count
  }
  const giveUpAt = performance.now() + recordedTimeoutMs
  while (!(await isThere())) {
    if (performance.now() > giveUpAt) throw new ThrownAway(`${seen} of ${count} ${what} came`)
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}

/** Nobody looks at it any more: what comes next is measured without it. Only after its audit. */
export async function retire(world: World, saleId: string): Promise<void> {
  await world.ledger.query(
    `update sales set phase = 'closed', phase_version = phase_version + 1,
                      settled_at = now() - interval '2 days' where id = $1`,
    [saleId],
  )
  const isForgotten = async () => (await world.desk.saleState(saleId)) === undefined
  await waitUntil('a sale to be gone', isForgotten, seenTimeoutMs)
  await dropKeys(world, saleId)
}

export async function dropKeys({ redis }: World, saleId: string): Promise<void> {
  const keys = await keysOf(redis, saleId)
  if (keys.length > 0) await redis.unlink(...keys)
}

async function keysOf(redis: World['redis'], saleId: string): Promise<string[]> {
  const keys: string[] = []
  for await (const some of redis.scanStream({ match: `*${saleId}*`, count: 1_000 })) {
    keys.push(...(some as string[]))
  }
  return keys
}

/** Bytes of Redis' memory that all keys of the sale take. */
export async function redisBytes({ redis }: World, saleId: string): Promise<number> {
  const keys = await keysOf(redis, saleId)
  const sizes = await Promise.all(keys.map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)))
  return sizes.reduce<number>((sum, size) => sum + Number(size ?? 0), 0)
}
