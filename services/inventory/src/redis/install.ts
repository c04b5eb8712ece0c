import type { Redis } from '@flashsale/redis/connection.ts'
import { z } from 'zod'
import type { SegmentAt } from '../domain/segment.ts'
import { saleKey } from './sale-keys.ts'
import { unguardedScript } from './stock-script.ts'

const script = unguardedScript('install')
const Reply = z.union([
  z.tuple([z.literal('installed'), z.string()]),
  z.tuple([z.literal('newer'), z.string()]),
])

export type Installation = SegmentAt & {
  last: number // highest unit number handed out so far
  stock: number
  stockVersion: number
  opensAtMs: number
  closesAtMs: number
  phase: string
  phaseVersion: number
  perBuyerLimit: number
}

/** Takes the keys of this epoch into use, only if the epoch is above the one in use. */
export async function install(redis: Redis, to: Installation) {
  const { epoch, last, stock, stockVersion, opensAtMs, closesAtMs, phase, phaseVersion } = to
  const times = [opensAtMs, closesAtMs, phase, phaseVersion, to.perBuyerLimit]
  const reply = await script(redis, [saleKey(to)], [epoch, last, stock, stockVersion, ...times])
  const [kind, inUse] = Reply.parse(reply)
  return { kind, epoch: Number(inUse) }
}
