/** The keys of an epoch that is not in use yet: a rebuild fills them in chunks (R3, R4). */
import type { Redis } from '@flashsale/redis/connection.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import type { SegmentAt } from '../domain/segment.ts'
import { keyField, saleKeys, slotField } from './sale-keys.ts'

const FREE_UNITS_A_COMMAND = 2_000

export type StagedUnit = { unit: number; orderId: string; buyerId: string; slot: number }
export type StagedOrder = {
  orderId: string
  buyerId: string
  key: string | null
  fingerprint: string
  quantity: number
}

/** Owners of live units, and the slots of their buyers. */
export async function stageUnits(redis: Redis, at: SegmentAt, rows: StagedUnit[]): Promise<void> {
  if (rows.length === 0) return
  const { units, slots } = saleKeys(at)
  await all(
    redis
      .pipeline()
      .hset(units, ...rows.flatMap(({ unit, orderId }) => [unit, orderId]))
      .hset(slots, ...rows.flatMap((row) => [slotField(row.buyerId, row.slot), row.orderId])),
  )
}

/** Orders of the ledger, ended and refused ones too, and the keys that led to them (R8). */
export async function stageOrders(redis: Redis, at: SegmentAt, rows: StagedOrder[]): Promise<void> {
  if (rows.length === 0) return
  const { orders, keys } = saleKeys(at)
  const withKey = rows.flatMap(({ buyerId, key, orderId, fingerprint }) =>
    key ? [keyField(buyerId, key), `${orderId}:${fingerprint}`] : [],
  )
  const pipeline = redis.pipeline()
  pipeline.hset(orders, ...rows.flatMap(({ orderId, quantity }) => [orderId, quantity]))
  if (withKey.length > 0) pipeline.hset(keys, ...withKey)
  await all(pipeline)
}

/** Units free to be sold again, in rising order. */
export async function stageFree(redis: Redis, at: SegmentAt, units: number[]): Promise<void> {
  const { free } = saleKeys(at)
  for (let i = 0; i < units.length; i += FREE_UNITS_A_COMMAND) {
    await redis.rpush(free, ...units.slice(i, i + FREE_UNITS_A_COMMAND))
  }
}

/** Forgets an epoch that is not in use: one before the present one, or a rebuild given up. */
export async function removeEpoch(redis: Redis, at: SegmentAt): Promise<void> {
  const { sale: _inUse, ...ofEpoch } = saleKeys(at)
  await redis.unlink(...Object.values(ofEpoch))
}

async function all(pipeline: ReturnType<Redis['pipeline']>): Promise<void> {
  for (const [error] of (await pipeline.exec()) ?? [[new Fault('redis.no-answer', 'lost', {})]]) {
    if (error) throw error
  }
}
