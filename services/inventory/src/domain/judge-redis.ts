import type { Found } from './judge-books.ts'
import type { LedgerStock, RedisStock } from './stock-reading.ts'
import { createRanges, type UnitRange } from './unit-ranges.ts'

const unitOf = (orderId: string, unit: number) => `${orderId} ${unit}`

/**
 * R17: only what no step of the protocol could explain is at fault, since the three readings are of
 * three moments. Returns the units at fault.
 */
export function judgeRedis(
  first: LedgerStock,
  redis: RedisStock,
  second: LedgerStock,
  found: Found,
): Set<number> {
  if (first.settled && !redis.remembers) return new Set() // it sells nothing, and nothing is lost
  const atFault = new Set<number>()
  const fault = (name: string, unit: number, facts: Record<string, unknown> = {}) => {
    atFault.add(unit)
    found(name, { unit, ...facts })
  }
  for (let unit = redis.stock + 1; unit <= first.stock; unit++) fault('unit-not-offered', unit)
  if (!redis.remembers) found('redis-forgot', { runId: redis.runId })

  const free = new Set<number>()
  for (const unit of redis.free) {
    if (free.has(unit)) fault('unit-twice-free', unit)
    free.add(unit)
  }
  for (let unit = redis.last + 1; unit <= redis.stock; unit++) {
    if (free.has(unit)) fault('unit-twice-free', unit)
  }
  const isFree = (unit: number) => free.has(unit) || (unit > redis.last && unit <= redis.stock)

  const liveInSecond = new Map(second.units.map(({ unit, orderId }) => [unit, orderId]))
  for (const { unit, orderId } of first.units) {
    if (isFree(unit) && liveInSecond.get(unit) === orderId) {
      fault('unit-free-and-held', unit, { orderId })
    }
  }
  for (const unit of freeOf(first.withdrawn, free, redis)) fault('unit-free-and-withdrawn', unit)
  judgeTaken({ first, redis, second }, isFree, fault)
  return atFault
}

/** Units of these ranges that Redis would hand out. A withdrawn unit never comes back. */
function freeOf(ranges: LedgerStock['withdrawn'], free: Set<number>, redis: RedisStock): number[] {
  const withdrawn = createRanges(ranges)
  const units = [...free].filter(withdrawn.has)
  for (const { first, last } of ranges) {
    const fresh = Math.max(first, redis.last + 1)
    for (let unit = fresh; unit <= Math.min(last, redis.stock); unit++) units.push(unit)
  }
  return units
}

type Three = { first: LedgerStock; redis: RedisStock; second: LedgerStock }
type UnitFault = (name: string, unit: number, facts?: Record<string, unknown>) => void

function judgeTaken(three: Three, isFree: (unit: number) => boolean, fault: UnitFault) {
  const { first, redis, second } = three
  const withdrawn = [...second.withdrawn]
  const pending = new Set<string>()
  for (const entry of redis.entries) {
    if (entry.kind === 'hold') pending.add(entry.orderId)
    if (entry.kind === 'withdrawal') withdrawn.push(...entry.ranges)
  }
  const isWithdrawn = createRanges(withdrawn).has
  const returns = [...first.returns, ...second.returns]
  const open = new Set(returns.map(({ orderId, unit }) => unitOf(orderId, unit)))

  for (let unit = 1; unit <= redis.last; unit++) {
    const owner = redis.owners.get(unit)
    if (owner === undefined) {
      if (!isFree(unit) && !isWithdrawn(unit)) fault('unit-taken-by-nobody', unit)
      continue
    }
    if (isFree(unit)) fault('unit-free-and-taken', unit, { orderId: owner })
    if (!pending.has(owner) && !second.holds.has(owner)) {
      fault('unit-taken-without-row', unit, { orderId: owner })
    }
    const before = first.holds.get(owner)
    const ended = before?.state === 'released' || before?.state === 'refused'
    const refusalPending = before?.state === 'refused' && pending.has(owner)
    if (ended && !refusalPending && !open.has(unitOf(owner, unit))) {
      fault('unit-taken-by-ended-order', unit, { orderId: owner, state: before?.state })
    }
  }
}

/** Units on their way: taken in Redis without a row in the ledger, or returned there and not here. */
export function inFlightUnits(redis: RedisStock, second: LedgerStock): number {
  const units = new Set(second.returns.map(({ unit }) => unit))
  const known = new Map(second.withdrawn.map(({ first, last }) => [first, last]))
  const leaving: UnitRange[] = []
  for (const entry of redis.entries) {
    if (entry.kind === 'hold' && !second.holds.has(entry.orderId)) {
      for (const { unit } of entry.held) units.add(unit) // free since a rebuild, its return still open
    }
    if (entry.kind !== 'withdrawal') continue
    leaving.push(...entry.ranges.filter(({ first, last }) => known.get(first) !== last))
  }
  const ranges = createRanges(leaving)
  return ranges.units + [...units].filter((unit) => !ranges.has(unit)).length
}
