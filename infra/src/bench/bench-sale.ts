import { waitUntil } from '../wait-until.ts'
import type { World } from './world.ts'

const hourMs = 3_600_000
const seenTimeoutMs = 10_000

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

/** Nobody looks at it any more: what comes next is measured without it. Only after its audit. */
export async function retire(world: World, saleId: string): Promise<void> {
  await world.ledger.query(
    `update sales set phase = 'closed', phase_version = phase_version + 1,
                      settled_at = now() - interval '2 days' where id = $1`,
    [saleId],
  )
  // The gateway keeps it in sight for some seconds more, which costs nobody anything.
  for (const inventory of world.stack.addresses.inventory.split(',')) {
    const isForgotten = async () => {
      const answer = await fetch(`${inventory}/internal/sales`)
      return answer.ok && !(await answer.text()).includes(saleId)
    }
    await waitUntil('a sale to be gone', isForgotten, seenTimeoutMs)
  }
  await dropKeys(world, saleId)
}

export async function dropKeys({ redis }: Pick<World, 'redis'>, saleId: string): Promise<void> {
  const keys = await keysOf({ redis }, saleId)
  if (keys.length > 0) await redis.unlink(...keys)
}

export async function keysOf({ redis }: Pick<World, 'redis'>, saleId: string): Promise<string[]> {
  const keys: string[] = []
  for await (const some of redis.scanStream({ match: `*${saleId}*`, count: 1_000 })) {
    keys.push(...(some as string[]))
  }
  return keys
}

/** Bytes of Redis' memory that all keys of the sale take. */
export async function redisBytes({ redis }: World, saleId: string): Promise<number> {
  const keys = await keysOf({ redis }, saleId)
  const sizes = await Promise.all(keys.map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)))
  return sizes.reduce<number>((sum, size) => sum + Number(size ?? 0), 0)
}
