import type { SaleFacts, SalesAnswer } from '@flashsale/contracts/http/inventory.ts'
import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import type { SaleRow } from '../db/sales.ts'
import { readFacts } from '../redis/read-facts.ts'
import { readTime } from '../redis/read-time.ts'
import { type SaleRegister, segmentOf } from './sale-register.ts'

type Deps = { redis: WatchedRedis; register: SaleRegister }

/** Every sale in memory with what Redis has free of it now, and Redis' clock. */
export async function readAllFacts(deps: Deps): Promise<SalesAnswer> {
  const sales = await Promise.all(deps.register.all().map((sale) => factsOf(deps, sale)))
  const times = sales.flatMap(({ timeMs }) => timeMs ?? [])
  const redisTimeMs = times.length > 0 ? Math.max(...times) : ((await readTime(deps.redis)) ?? null)
  return { redisTimeMs, sales: sales.map(({ facts }) => facts) }
}

export async function readOneSale(deps: Deps, sale: SaleRow): Promise<SaleFacts> {
  return (await factsOf(deps, sale)).facts
}

async function factsOf({ redis, register }: Deps, sale: SaleRow) {
  if (sale.settled) return { facts: toFacts(sale, SETTLED) }
  const unknown = sale.phase === 'draft' || sale.heldBack || register.isForgotten(sale.id)
  if (unknown || register.failedOver() || !redis.health.answers()) {
    return { facts: toFacts(sale, UNKNOWN) }
  }
  try {
    const answer = await redis.health.glance(() => readFacts(redis, segmentOf(sale)))
    if (answer.kind === 'forgot') register.markForgotten(sale.id)
    if (answer.kind === 'facts') return { facts: toFacts(sale, answer), timeMs: answer.timeMs }
  } catch {
    // no answer in time: stock is unknown
  }
  return { facts: toFacts(sale, UNKNOWN) }
}

type InRedis = Pick<SaleFacts, 'free' | 'orders'> & { version: number | null }
const UNKNOWN: InRedis = { free: null, orders: null, version: null }
const SETTLED: InRedis = { ...UNKNOWN, free: 0 }

function toFacts(sale: SaleRow, { free, orders, version }: InRedis): SaleFacts {
  const { id, title, sku, priceMinor, currency, stock, perBuyerLimit } = sale
  const { paymentWindowSeconds, phase, epoch, opensAtMs, closesAtMs } = sale
  const versions = { phase: sale.phaseVersion, stock: sale.stockVersion, free: version }
  return {
    id,
    title,
    sku,
    priceMinor,
    currency,
    stock,
    perBuyerLimit,
    opensAt: new Date(opensAtMs).toISOString(),
    closesAt: new Date(closesAtMs).toISOString(),
    paymentWindowSeconds,
    admission: { mode: 'direct' },
    phase,
    epoch,
    free,
    orders,
    versions,
  }
}
