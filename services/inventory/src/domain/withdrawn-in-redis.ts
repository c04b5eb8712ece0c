import type { LedgerStock, RedisStock } from './stock-reading.ts'
import { createRanges, type UnitRange } from './unit-ranges.ts'

/**
 * Units handed out by Redis that nobody holds there, that are not free, not in the stream, and neither
 * live nor withdrawn in the ledger: they left the sale, and the row that said so is lost.
 */
export function withdrawnInRedis(redis: RedisStock, ledger: LedgerStock): UnitRange[] {
  const elsewhere = new Set([...redis.owners.keys(), ...redis.free])
  for (const { unit } of ledger.units) elsewhere.add(unit)
  for (const entry of redis.entries) {
    if (entry.kind === 'hold') for (const { unit } of entry.held) elsewhere.add(unit)
  }
  const pending = redis.entries.flatMap((one) => (one.kind === 'withdrawal' ? one.ranges : []))
  const gone = createRanges([...ledger.withdrawn, ...pending])
  const ranges: UnitRange[] = []
  for (let unit = 1; unit <= redis.last; unit++) {
    if (elsewhere.has(unit) || gone.has(unit)) continue
    const open = ranges.at(-1)
    if (open?.last === unit - 1) open.last = unit
    else ranges.push({ first: unit, last: unit })
  }
  return ranges
}
