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
const ID_BYTES = 16
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
      const head: Head = [
        Math.floor(deadlineMs / 0x10000),
        (deadlineMs % 0x10000) * 0x10000 + third,
        fourth * 0x10000 + (random & 0xffff),
      ]
      bytes.writeUInt32BE(mac(key, head, buyerId), HEAD_BYTES) // it leaves the head there
      return dashed(bytes.toString('hex', 0, ID_BYTES)) as OrderId
    },

    /** True only for an id that was made here for this buyer. */
    belongsTo(orderId: string, buyerId: BuyerId): orderId is OrderId {
      if (!shape.test(orderId)) return false
      const digits = orderId.replaceAll('-', '')
      const word = (i: number) => Number.parseInt(digits.slice(8 * i, 8 * i + 8), 16)
      return mac(key, [word(0), word(1), word(2)], buyerId) === word(3)
    },
  }
}
export type OrderIds = ReturnType<typeof createOrderIds>

/** Redis' time in ms after which the attempt is refused. */
export function deadlineOf(orderId: OrderId): number {
  return Number.parseInt(orderId.slice(0, 8) + orderId.slice(9, 13), 16)
}

/** Not above any id of an attempt whose deadline is at this time or later. */
export function firstOrderId(deadlineMs: number): OrderId {
  const time = Math.max(0, Math.floor(deadlineMs)).toString(16).padStart(12, '0')
  return dashed(time.padEnd(32, '0')) as OrderId
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
const afterHead = scratch.subarray(HEAD_BYTES)
const bytes = Buffer.from(scratch.buffer)

/** The first 96 bits of an id as three unsigned words. */
type Head = [number, number, number]

function mac(key: HalfSipKey, head: Head, buyerId: BuyerId): number {
  for (const [i, word] of head.entries()) {
    scratch[4 * i] = word >>> 24
    scratch[4 * i + 1] = word >>> 16
    scratch[4 * i + 2] = word >>> 8
    scratch[4 * i + 3] = word
  }
  const { written } = encoder.encodeInto(buyerId, afterHead)
  return halfSipHash(key, scratch, HEAD_BYTES + written)
}

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
