import type { Redis } from '@flashsale/redis/connection.ts'
import { z } from 'zod'
import type { SegmentAt } from '../domain/segment.ts'
import { saleKey } from './sale-keys.ts'
import { unguardedScript } from './stock-script.ts'

const script = unguardedScript('install')
const Reply = z.union([
  z.tuple([z.literal('installed'), z.string()]),
  z.tuple([z.enum(['newer', 'other-server']), z.string()]),
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
  /** The server that was given the keys of this epoch; missing for a new sale, which has none. */
  runId?: string
}

/** Takes the keys of this epoch into use, only if the epoch is above the one in use (R3). */
export async function install(redis: Redis, to: Installation) {
  const { epoch, last, stock, stockVersion, opensAtMs, closesAtMs, phase, phaseVersion } = to
  const times = [opensAtMs, closesAtMs, phase, phaseVersion, to.perBuyerLimit, to.runId ?? '']
  const reply = await script(redis, [saleKey(to)], [epoch, last, stock, stockVersion, ...times])
  const [kind] = Reply.parse(reply)
  return { kind }
}
