import type { Redis } from '@flashsale/redis/connection.ts'
import { z } from 'zod'
import type { SegmentAt, SegmentHead } from '../domain/segment.ts'
import { saleKeys } from './sale-keys.ts'
import { unguardedScript } from './stock-script.ts'

const script = unguardedScript('tell-change', 'install')
const Reply = z.union([
  z.tuple([z.literal('installed'), z.string()]),
  z.tuple([z.enum(['newer', 'other-server']), z.string()]),
])

export type Installation = SegmentAt &
  SegmentHead & {
    /** Of a rebuild: the server that was given the keys of this epoch, and the mark it was given before. */
    filled?: { runId: string; mark: string }
  }

/** Takes the keys of this epoch into use, only if the epoch is above the one in use (R3). */
export async function install(redis: Redis, to: Installation) {
  const { epoch, last, stock, stockVersion, opensAtMs, closesAtMs, phase, phaseVersion } = to
  const filled = to.filled ? [to.filled.runId, to.filled.mark] : ['', '']
  const times = [opensAtMs, closesAtMs, phase, phaseVersion, to.perBuyerLimit, ...filled]
  const { sale, free, orders } = saleKeys(to)
  const args = [epoch, last, stock, stockVersion, ...times]
  const reply = await script(redis, [sale, free, orders], args)
  const [kind, value] = Reply.parse(reply)
  return kind === 'newer' ? { kind, epoch: Number(value) } : { kind }
}
