import type { Redis } from '@flashsale/redis/connection.ts'
import { z } from 'zod'
import type { SegmentAt } from '../domain/segment.ts'
import { saleKey } from './sale-keys.ts'
import { stockScript } from './stock-script.ts'

const script = stockScript('restock')
const Reply = z.tuple([z.enum(['restocked', 'known', 'old-epoch', 'forgot'])]).rest(z.unknown())

/** Lets units up to number `stock` be handed out; each version of the ledger's stock counts once. */
export async function restock(redis: Redis, at: SegmentAt, stock: number, stockVersion: number) {
  const [kind] = Reply.parse(await script(redis, [saleKey(at)], [at.epoch, stock, stockVersion]))
  return { kind }
}
