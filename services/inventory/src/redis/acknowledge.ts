import type { Redis } from '@flashsale/redis/connection.ts'
import { z } from 'zod'
import type { SegmentAt } from '../domain/segment.ts'
import { saleKeys } from './sale-keys.ts'
import { stockScript } from './stock-script.ts'
import { GROUP } from './stock-stream.ts'

const script = stockScript('acknowledge')
const Reply = z.union([
  z.tuple([z.literal('acknowledged'), z.int()]),
  z.tuple([z.literal('forgot')]),
])

/** Only after the commit that put these entries on record (R1b). */
export async function acknowledge(redis: Redis, at: SegmentAt, entryIds: string[]) {
  const { sale, stream } = saleKeys(at)
  const [kind] = Reply.parse(await script(redis, [sale, stream], [GROUP, ...entryIds]))
  return { kind }
}
