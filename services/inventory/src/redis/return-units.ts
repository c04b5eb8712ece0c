import type { OrderId } from '@flashsale/contracts/ids.ts'
import type { Redis } from '@flashsale/redis/connection.ts'
import { z } from 'zod'
import type { SegmentAt } from '../domain/segment.ts'
import { saleKeys, slotField } from './sale-keys.ts'
import { changingScript } from './stock-script.ts'

const script = changingScript('return-units')
const Reply = z.union([
  z.tuple([z.literal('returned'), z.int().nonnegative()]),
  z.tuple([z.literal('old-epoch'), z.string().nullable()]),
  z.tuple([z.literal('forgot')]),
])

export type HeldUnit = { unit: number; slot: number }
export type Return = SegmentAt & { orderId: OrderId; buyerId: string; held: HeldUnit[] }

/** Safe to repeat. `old-epoch` and `forgot`: nothing happened, the return has to wait (R7). */
export async function returnUnits(redis: Redis, { orderId, buyerId, held, ...at }: Return) {
  const { sale, units, free, slots, orders } = saleKeys(at)
  const pairs = held.flatMap(({ unit, slot }) => [unit, slotField(buyerId, slot)])
  const keys = [sale, units, free, slots, orders]
  const reply = await script(redis, keys, [at.epoch, orderId, ...pairs])
  const [kind, value] = Reply.parse(reply)
  return kind === 'returned' ? { kind, count: Number(value) } : { kind }
}
