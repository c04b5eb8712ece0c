import type { Redis } from '@flashsale/redis/connection.ts'
import { z } from 'zod'
import type { Segment } from '../domain/segment.ts'
import { saleKey } from './sale-keys.ts'
import { unguardedScript } from './stock-script.ts'

const script = unguardedScript('refuse')
const Reply = z.tuple([z.coerce.number().int(), z.string()])

/** Redis refuses the segment from here on; its epoch (0: it knows none) and who it is. */
export async function refuse(
  redis: Redis,
  segment: Segment,
  { ledgerEpoch, mark }: { ledgerEpoch: number; mark: string },
) {
  const [epoch, runId] = Reply.parse(await script(redis, [saleKey(segment)], [ledgerEpoch, mark]))
  return { epoch, runId }
}
