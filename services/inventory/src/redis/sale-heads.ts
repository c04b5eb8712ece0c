/** The one hash of each sale that outlives its epochs, for a recovery: what Redis is at (R18). */
import { NewSale } from '@flashsale/contracts/http/inventory.ts'
import type { SaleId } from '@flashsale/contracts/ids.ts'
import type { Redis } from '@flashsale/redis/connection.ts'
import type { Segment } from '../domain/segment.ts'
import { saleKey } from './sale-keys.ts'

const SCAN_COUNT = 1_000

export type SaleHead = {
  epoch: number
  last: number // highest unit number handed out
  stock: number
  stockVersion: number
  phase: string
  phaseVersion: number
  /** As its operator made it; missing when Redis was empty since. */
  description?: NewSale
}

/** Beside the stock stands what the sale is: a ledger that lost the sale as well gets it from here. */
export async function describeSale(redis: Redis, at: Segment, sale: NewSale): Promise<void> {
  await redis.hset(saleKey(at), 'description', JSON.stringify(sale))
}

/** Undefined when Redis knows nothing of it. */
export async function readSaleHead(redis: Redis, at: Segment): Promise<SaleHead | undefined> {
  const hash = await redis.hgetall(saleKey(at))
  if (hash.epoch === undefined) return undefined
  const described = hash.description && NewSale.safeParse(JSON.parse(hash.description)).data
  const number = (name: string) => Number(hash[name] ?? 0)
  return {
    epoch: number('epoch'),
    last: number('last'),
    stock: number('stock'),
    stockVersion: number('stock_version'),
    phase: hash.phase ?? '',
    phaseVersion: number('phase_version'),
    ...(described && { description: described }),
  }
}

/** Every sale that has a hash. */
export async function scanSales(redis: Redis, keyPrefix: string): Promise<SaleId[]> {
  const found = new Set<SaleId>()
  const shape = /^sale:\{([0-9a-f-]{36}):\d+\}$/
  for (let cursor: string | undefined; cursor !== '0'; ) {
    const match = `${keyPrefix}sale:{*}`
    const from = cursor ?? '0'
    const [next, names] = await redis.scan(from, 'MATCH', match, 'COUNT', SCAN_COUNT)
    cursor = next
    for (const name of names) {
      const id = shape.exec(name.slice(keyPrefix.length))?.[1]
      if (id) found.add(id as SaleId)
    }
  }
  return [...found]
}
