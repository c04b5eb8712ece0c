import type { Redis } from '@flashsale/redis/connection.ts'
import { z } from 'zod'
import type { SegmentAt } from '../domain/segment.ts'
import { saleKey } from './sale-keys.ts'
import { unguardedScript } from './stock-script.ts'

const script = unguardedScript('adopt')
const Reply = z.tuple([z.enum(['adopted', 'changed'])])

/** Records the run id of the server that was compared, if it is still that server and epoch. */
export async function adopt(redis: Redis, at: SegmentAt, runId: string) {
  const [kind] = Reply.parse(await script(redis, [saleKey(at)], [at.epoch, runId]))
  return { kind }
}
