import type { Redis } from '@flashsale/redis/connection.ts'
import { z } from 'zod'
import type { SegmentAt } from '../domain/segment.ts'
import { saleKeys } from './sale-keys.ts'
import { changingScript } from './stock-script.ts'

const script = changingScript('restock')
const Reply = z.tuple([z.enum(['restocked', 'known', 'old-epoch', 'forgot'])]).rest(z.unknown())

/** Lets units up to number `stock` be handed out; each version of the ledger's stock counts once. */
export async function restock(redis: Redis, at: SegmentAt, stock: number, stockVersion: number) {
  const { sale, free, orders } = saleKeys(at)
  const reply = await script(redis, [sale, free, orders], [at.epoch, stock, stockVersion])
  const [kind] = Reply.parse(reply)
  return { kind }
}
