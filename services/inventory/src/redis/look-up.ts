import type { OrderId } from '@flashsale/contracts/ids.ts'
import { deadlineOf } from '@flashsale/contracts/order-id.ts'
import type { Redis } from '@flashsale/redis/connection.ts'
import { z } from 'zod'
import type { SegmentAt } from '../domain/segment.ts'
import { saleKeys } from './sale-keys.ts'
import { stockScript } from './stock-script.ts'

const script = stockScript('look-up')
const Reply = z.union([
  z.tuple([z.literal('held'), z.coerce.number()]),
  z.tuple([z.enum(['too-early', 'absent', 'forgot'])]),
  z.tuple([z.literal('old-epoch'), z.string().nullable()]),
])

/** `absent` has barred the id in this segment: reserve refuses its deadline from then on (R9). */
export async function lookUp(redis: Redis, at: SegmentAt, orderId: OrderId) {
  const { sale, orders } = saleKeys(at)
  const reply = await script(redis, [sale, orders], [at.epoch, orderId, deadlineOf(orderId)])
  const [kind, value] = Reply.parse(reply)
  return kind === 'held' ? { kind, quantity: Number(value) } : { kind }
}
