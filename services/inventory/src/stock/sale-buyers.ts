import type { BuyersPage } from '@flashsale/contracts/http/inventory.ts'
import type { BuyerId, OrderId } from '@flashsale/contracts/ids.ts'
import { firstOrderId } from '@flashsale/contracts/order-id.ts'
import type { WatchedRedis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import { readBuyers } from '../db/buyers.ts'
import type { SaleRow } from '../db/sales.ts'
import type { SegmentAt } from '../domain/segment.ts'
import { readFacts } from '../redis/read-facts.ts'
import { readStream } from '../redis/stock-stream.ts'

const ORDERS_A_PAGE = 2_000
const CLOCK_SLACK_MS = 60_000 // between the clocks that made the ids and the sale's times

/** Where a page begins: behind an entry of the stream, or an order of the ledger. */
export type Cursor = { from: 'stream'; after?: string } | { from: 'ledger'; after?: OrderId }

const shape = /^(?:(stream):(\d+-\d+)?|(ledger):([0-9a-f-]{36})?)$/
export function parseCursor(text: string): Cursor | undefined {
  const [, stream, entry, ledger, order] = shape.exec(text) ?? []
  if (stream) return { from: 'stream', ...(entry && { after: entry }) }
  if (ledger) return { from: 'ledger', ...(order && { after: order as OrderId }) }
  return undefined
}

type Deps = { db: Db; redis: WatchedRedis }

/**
 * Every buyer with an order that Redis gave before the first page was asked for. First the stream, then
 * the ledger: an entry leaves the one after it stands in the other, so none is missed on its way.
 * Undefined when Redis forgot, or is at another epoch: then it can't be said.
 */
export async function readBuyersPage(
  deps: Deps,
  sale: SaleRow,
  at: SegmentAt,
  cursor: Cursor,
): Promise<BuyersPage | undefined> {
  if (cursor.from === 'stream') return await fromStream(deps, at, cursor.after)
  const after = cursor.after ?? firstOrderId(sale.opensAtMs - CLOCK_SLACK_MS)
  const page = { saleId: sale.id, after, limit: ORDERS_A_PAGE }
  const { buyers, last } = await readBuyers(deps.db, page)
  return { buyers: once(buyers), ...(last && { next: `ledger:${last}` }) }
}

async function fromStream({ redis }: Deps, at: SegmentAt, after: string | undefined) {
  if (!redis.health.answers()) return undefined
  // In this order: a Redis that forgot meanwhile, and had nothing to show, says so.
  const [entries, facts] = await redis.health.ask(() =>
    Promise.all([readStream(redis, at, { after, count: ORDERS_A_PAGE }), readFacts(redis, at)]),
  )
  if (facts.kind !== 'facts') return undefined
  const buyers = entries.flatMap((entry) => (entry.kind === 'hold' ? [entry.buyerId] : []))
  const last = entries.length < ORDERS_A_PAGE ? undefined : entries.at(-1)?.id
  const next = last ? `stream:${last}` : 'ledger:'
  return { buyers: once(buyers as BuyerId[]), next }
}

const once = (buyers: BuyerId[]) => [...new Set(buyers)]
