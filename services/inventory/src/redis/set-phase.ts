import type { Redis } from '@flashsale/redis/connection.ts'
import { z } from 'zod'
import type { SegmentAt } from '../domain/segment.ts'
import { saleKeys } from './sale-keys.ts'
import { changingScript } from './stock-script.ts'

const script = changingScript('set-phase')
const Reply = z.tuple([z.enum(['set', 'known', 'old-epoch', 'forgot'])]).rest(z.unknown())

/** A decision of the ledger, told to Redis; an older one never undoes a newer. */
export async function setPhase(redis: Redis, at: SegmentAt, phase: string, version: number) {
  const { sale, free, orders } = saleKeys(at)
  const [kind] = Reply.parse(await script(redis, [sale, free, orders], [at.epoch, phase, version]))
  return { kind }
}
