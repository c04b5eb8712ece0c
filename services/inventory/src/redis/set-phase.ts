import type { Redis } from '@flashsale/redis/connection.ts'
import { z } from 'zod'
import type { SegmentAt } from '../domain/segment.ts'
import { saleKey } from './sale-keys.ts'
import { stockScript } from './stock-script.ts'

const script = stockScript('set-phase')
const Reply = z.tuple([z.enum(['set', 'known', 'old-epoch', 'forgot'])]).rest(z.unknown())

/** A decision of the ledger, told to Redis; an older one never undoes a newer. */
export async function setPhase(redis: Redis, at: SegmentAt, phase: string, version: number) {
  const [kind] = Reply.parse(await script(redis, [saleKey(at)], [at.epoch, phase, version]))
  return { kind }
}
