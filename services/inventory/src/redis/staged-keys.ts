/** The keys of an epoch that is not in use yet: a rebuild fills them in chunks (R3, R4). */
import type { Redis } from '@flashsale/redis/connection.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import type { SegmentAt } from '../domain/segment.ts'
import { keyField, saleKeys, slotField } from './sale-keys.ts'

const A_COMMAND = 2_000 // fields or units: none keeps Redis for long

export type StagedUnit = { unit: number; orderId: string; buyerId: string; slot: number }
export type StagedOrder = {
  orderId: string
  buyerId: string
  key: string | null
  fingerprint: string
  quantity: number
}

/** Owners of live units, and the slots of their buyers that they fill. */
export async function stageUnits(redis: Redis, at: SegmentAt, rows: StagedUnit[]): Promise<void> {
  const { units, slots } = saleKeys(at)
  const pipeline = redis.pipeline()
  for (const some of chunks(rows)) {
    pipeline.hset(units, ...some.flatMap(({ unit, orderId }) => [unit, orderId]))
    pipeline.hset(slots, ...some.flatMap((row) => [slotField(row.buyerId, row.slot), row.unit]))
  }
  await all(pipeline)
}

/** Orders of the ledger, ended and refused ones too, and the keys that led to them (R8). */
export async function stageOrders(redis: Redis, at: SegmentAt, rows: StagedOrder[]): Promise<void> {
  const { orders, keys } = saleKeys(at)
  const pipeline = redis.pipeline()
  for (const some of chunks(rows)) {
    pipeline.hset(orders, ...some.flatMap(({ orderId, quantity }) => [orderId, quantity]))
    const withKey = some.flatMap(({ buyerId, key, orderId, fingerprint }) =>
      key ? [keyField(buyerId, key), `${orderId}:${fingerprint}`] : [],
    )
    if (withKey.length > 0) pipeline.hset(keys, ...withKey)
  }
  await all(pipeline)
}

/** Units free to be sold again, in rising order. */
export async function stageFree(redis: Redis, at: SegmentAt, units: number[]): Promise<void> {
  const { free } = saleKeys(at)
  const pipeline = redis.pipeline()
  for (const some of chunks(units)) pipeline.rpush(free, ...some)
  await all(pipeline)
}

/** Forgets an epoch that is not in use: one before the present one, or a rebuild given up. */
export async function removeEpoch(redis: Redis, at: SegmentAt): Promise<void> {
  const { sale: _inUse, ...ofEpoch } = saleKeys(at)
  await redis.unlink(...Object.values(ofEpoch))
}

/** Forgets a segment whose sale is over for good. */
export async function removeSegment(redis: Redis, at: SegmentAt): Promise<void> {
  await redis.unlink(...Object.values(saleKeys(at)))
}

function* chunks<T>(all: T[]): Generator<T[]> {
  for (let i = 0; i < all.length; i += A_COMMAND) yield all.slice(i, i + A_COMMAND)
}

async function all(pipeline: ReturnType<Redis['pipeline']>): Promise<void> {
  for (const [error] of (await pipeline.exec()) ?? [[new Fault('redis.no-answer', 'lost', {})]]) {
    if (error) throw error
  }
}
