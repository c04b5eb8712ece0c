import type { Redis } from '@flashsale/redis/connection.ts'
import { z } from 'zod'
import type { SegmentAt } from '../domain/segment.ts'
import { saleKeys } from './sale-keys.ts'
import { changingScript } from './stock-script.ts'

const RETURNED_UNITS_A_CALL_MAX = 5_000

const script = changingScript('withdraw-units')
const Reply = z.union([
  z.tuple([z.enum(['withdrawn', 'too-few']), z.int()]),
  z.tuple([z.literal('old-epoch'), z.string().nullable()]),
  z.tuple([z.literal('forgot')]),
])

export type Withdrawal = SegmentAt & { operation: string; units: number; mode: 'all' | 'some' }

/** One call takes what it may in one step; `count` tells how many of `units` it was. */
export async function withdrawUnits(redis: Redis, wish: Withdrawal) {
  const { sale, free, stream, orders } = saleKeys(wish)
  const args = [wish.epoch, wish.operation, wish.units, wish.mode, RETURNED_UNITS_A_CALL_MAX]
  const [kind, value] = Reply.parse(await script(redis, [sale, free, stream, orders], args))
  return kind === 'withdrawn' || kind === 'too-few' ? { kind, count: Number(value) } : { kind }
}
