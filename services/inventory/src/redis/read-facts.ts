import type { Redis } from '@flashsale/redis/connection.ts'
import { z } from 'zod'
import type { SegmentAt } from '../domain/segment.ts'
import { saleKeys } from './sale-keys.ts'
import { stockScript } from './stock-script.ts'

const script = stockScript('read-facts')
const Reply = z.union([
  z.tuple([z.literal('facts'), z.int(), z.int(), z.int(), z.int()]),
  z.tuple([z.literal('old-epoch'), z.string().nullable()]),
  z.tuple([z.literal('forgot')]),
])

/** Units that could be handed out now, the orders ever made, and Redis' clock in ms. */
export async function readFacts(redis: Redis, at: SegmentAt) {
  const { sale, free, orders } = saleKeys(at)
  const reply = Reply.parse(await script(redis, [sale, free, orders], [at.epoch]))
  if (reply[0] !== 'facts') return { kind: reply[0] }
  const [kind, units, timeMs, version, made] = reply
  return { kind, free: units, timeMs, version, orders: made }
}
