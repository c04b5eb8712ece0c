import type { Redis } from '@flashsale/redis/connection.ts'
import type { Db } from '@flashsale/service-kit/db.ts'
import type { Segment } from '../src/domain/segment.ts'
import type { HoldEntry, StockEntry } from '../src/domain/stock-entry.ts'
import { readStock } from '../src/redis/read-stock.ts'
import { saleKeys } from '../src/redis/sale-keys.ts'

export const isHold = (entry: StockEntry): entry is HoldEntry => entry.kind === 'hold'

/** The epoch in use; 0 for none. */
export async function inRedis(redis: Redis, segment: Segment): Promise<number> {
  const { sale } = saleKeys({ ...segment, epoch: 0 })
  return Number((await redis.hget(sale, 'epoch')) ?? 0)
}

/** All that Redis has of a segment, in the shape of the test. */
export async function readRedis(redis: Redis, segment: Segment, numbers: Map<string, number>) {
  const at = { ...segment, epoch: await inRedis(redis, segment) }
  const names = saleKeys(at)
  const [stock, slots, keys, orders] = await Promise.all([
    readStock(redis, at),
    redis.hgetall(names.slots),
    redis.hgetall(names.keys),
    redis.hkeys(names.orders),
  ])
  const numberOf = (id: string) => numbers.get(id) ?? -1
  return {
    epoch: stock.epoch,
    remembers: stock.remembers,
    last: stock.last,
    free: stock.free,
    owners: [...stock.owners]
      .map(([unit, id]): [number, number] => [unit, numberOf(id)])
      .toSorted(),
    slots: Object.entries(slots)
      .map(([name, unit]): [string, number] => [name.slice(1), Number(unit)])
      .toSorted(),
    orders: orders.map(numberOf).toSorted((a, b) => a - b),
    keys: Object.entries(keys)
      .map(([name, of]): [string, number] => [name.slice(3), numberOf(of.slice(0, 36))])
      .toSorted(),
    stream: stock.entries.filter(isHold).map(({ orderId, buyerId, held, epoch }) => ({
      order: numberOf(orderId),
      buyer: Number(buyerId.slice(1)),
      units: held.map(({ unit }) => unit),
      slots: held.map(({ slot }) => slot),
      epoch,
    })),
  }
}

export async function readSegment(db: Db, saleId: string) {
  const { rows } = await db.query<{ epoch: number; heldBack: boolean }>(
    `select epoch, held_back is not null as "heldBack" from segments where sale_id = $1`,
    [saleId],
  )
  const [row] = rows
  if (!row) throw new Error('no segment')
  return row
}

/** All that the ledger has of a sale, in the shape of the test. */
export async function readBooks(db: Db, saleId: string, numbers: Map<string, number>) {
  type Row = { id: string; state: string; cause: string; units: number[]; epoch: number }
  const { rows: holds } = await db.query<Row>(
    `select order_id as id, state, coalesce(cause, '') as cause, units, epoch
     from holds where sale_id = $1`,
    [saleId],
  )
  const { rows: returns } = await db.query<{
    id: string
    unit: number
    slot: number
    done: boolean
  }>(
    `select order_id as id, unit, slot, done_at is not null as done
     from returns where sale_id = $1`,
    [saleId],
  )
  const { rows: told } = await db.query<{ type: string; id: string }>(
    `select type, aggregateid as id from outbox where type like 'stock.%' order by position`,
  )
  const events = told
    .flatMap(({ type, id }) => (numbers.has(id) ? [`${type} ${numbers.get(id)}`] : []))
    .toSorted()
  const numberOf = (id: string) => numbers.get(id) ?? -1
  return {
    ...(await readSegment(db, saleId)),
    holds: holds
      .map(({ id, ...row }) => ({ order: numberOf(id), ...row }))
      .toSorted((a, b) => a.order - b.order),
    returns: returns
      .map(({ id, ...row }) => ({ order: numberOf(id), ...row }))
      .toSorted((a, b) => a.order - b.order || a.unit - b.unit),
    events,
  }
}
