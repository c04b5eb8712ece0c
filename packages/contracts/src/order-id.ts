/**
 * An order id that any gateway can check without a store. A UUIDv8 of
 *   48 bits  deadline of the attempt, Redis' time in ms
 *   10 bits  logical shard of the buyer
 *   32 bits  random
 *   32 bits  MAC over all of the above and the buyer
 * so that a made-up id, or another buyer's, is refused before anything is asked.
 */
import { createHash, randomFillSync } from 'node:crypto'
import { type HalfSipKey, halfSipHash, halfSipKey } from './half-sip-hash.ts'
import type { BuyerId, OrderId } from './ids.ts'

const SHARDS = 1024
const HEAD_BYTES = 12 // all of the id but the MAC
const BUYER_BYTES_MAX = 512 // 128 characters of at most 4 bytes

/** `secret`: at least 32 bytes, the same on every gateway. */
export function createOrderIds(secret: string) {
  const key = halfSipKey(createHash('sha256').update(secret).digest())
  return {
    /** A new id; `deadlineMs` is in Redis' time. */
    next(buyerId: BuyerId, deadlineMs: number): OrderId {
      const random = nextRandom()
      const third = 0x8000 | (buyerShard(buyerId) << 2) | (random >>> 30)
      const fourth = 0x8000 | ((random >>> 16) & 0x3fff)
      const head = hex(deadlineMs, 12) + hex(third, 4) + hex(fourth, 4) + hex(random & 0xffff, 4)
      const id = head + hex(mac(key, head, buyerId), 8)
      return dashed(id) as OrderId
    },

    /** True only for an id that was made here for this buyer. */
    belongsTo(orderId: string, buyerId: BuyerId): orderId is OrderId {
      if (!shape.test(orderId)) return false
      const digits = orderId.replaceAll('-', '')
      const head = digits.slice(0, HEAD_BYTES * 2)
      return hex(mac(key, head, buyerId), 8) === digits.slice(HEAD_BYTES * 2)
    },
  }
}
export type OrderIds = ReturnType<typeof createOrderIds>

/** Redis' time in ms after which the attempt is refused. */
export function deadlineOf(orderId: OrderId): number {
  return Number.parseInt(orderId.slice(0, 8) + orderId.slice(9, 13), 16)
}

/** 0 … 1023, from the buyer: orders are spread by it. */
export function shardOf(orderId: OrderId): number {
  return (Number.parseInt(orderId.slice(14, 18), 16) & 0xfff) >>> 2
}

/** The shard that every order id of this buyer carries. */
export function buyerShard(buyerId: BuyerId): number {
  const { written } = encoder.encodeInto(buyerId, scratch)
  return halfSipHash(shardKey, scratch, written) % SHARDS
}

const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const shardKey: HalfSipKey = { low: 0, high: 0 }
const encoder = new TextEncoder()
const scratch = new Uint8Array(HEAD_BYTES + BUYER_BYTES_MAX)

function mac(key: HalfSipKey, headHex: string, buyerId: BuyerId): number {
  for (let i = 0; i < HEAD_BYTES; i++) {
    scratch[i] = Number.parseInt(headHex.slice(2 * i, 2 * i + 2), 16)
  }
  const { written } = encoder.encodeInto(buyerId, scratch.subarray(HEAD_BYTES))
  return halfSipHash(key, scratch, HEAD_BYTES + written)
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')

const dashed = (id: string) =>
  `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`

const pool = new Uint32Array(1024) // one call to the kernel for a thousand ids
let used = pool.length
function nextRandom(): number {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  return pool[used++] as number
}
