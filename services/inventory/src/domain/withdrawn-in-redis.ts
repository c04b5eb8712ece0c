import type { LedgerStock, RedisStock } from './stock-reading.ts'

type Range = { first: number; last: number }

/**
 * Units handed out by Redis that nobody holds there, that are not free, not in the stream, and neither
 * live nor withdrawn in the ledger: they left the sale, and the row that said so is lost.
 */
export function withdrawnInRedis(redis: RedisStock, ledger: LedgerStock): Range[] {
  const elsewhere = new Set([...redis.owners.keys(), ...redis.free])
  for (const { unit } of ledger.units) elsewhere.add(unit)
  for (const entry of redis.entries) {
    if (entry.kind === 'hold') for (const { unit } of entry.held) elsewhere.add(unit)
  }
  const pending = redis.entries.flatMap((one) => (one.kind === 'withdrawal' ? one.ranges : []))
  for (const { first, last } of [...ledger.withdrawn, ...pending]) {
    for (let unit = first; unit <= last; unit++) elsewhere.add(unit)
  }
  const ranges: Range[] = []
  for (let unit = 1; unit <= redis.last; unit++) {
    if (elsewhere.has(unit)) continue
    const open = ranges.at(-1)
    if (open?.last === unit - 1) open.last = unit
    else ranges.push({ first: unit, last: unit })
  }
  return ranges
}
