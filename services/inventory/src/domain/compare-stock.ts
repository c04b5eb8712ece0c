import type { LedgerStock, RedisStock } from './stock-reading.ts'

/**
 * What a restarted Redis is missing of what the ledger knows, in words; empty when it may be taken
 * into use again. Entries still in the stream are Redis' own and may be ahead of the ledger.
 */
export function missingInRedis(ledger: LedgerStock, redis: RedisStock): string[] {
  const missing: string[] = []
  if (redis.epoch !== ledger.epoch) missing.push(`epoch ${ledger.epoch}, found ${redis.epoch}`)
  const free = new Set(redis.free)
  if (free.size !== redis.free.length) missing.push('a unit is free twice')

  for (const { unit, orderId, buyerId, slot } of ledger.units) {
    if (redis.owners.get(unit) !== orderId) missing.push(`owner of unit ${unit}`)
    if (redis.slots.get(`${buyerId}:${slot}`) !== orderId) missing.push(`slot of ${orderId}`)
    if (free.has(unit) || unit > redis.last) missing.push(`unit ${unit} taken`)
  }
  for (const { orderId, key, buyerId } of ledger.holds.values()) {
    if (!buyerId) continue // ended before its hold was seen: Redis need not know it
    if (!redis.orders.has(orderId)) missing.push(`order ${orderId}`)
    if (key && !redis.keys.has(`${buyerId.length}:${buyerId}:${key}`))
      missing.push(`key of ${orderId}`)
  }
  for (const { first, last } of ledger.withdrawn) {
    if (last > redis.last) missing.push(`withdrawal up to unit ${last}`)
    for (const unit of free)
      if (unit >= first && unit <= last) missing.push(`withdrawn unit ${unit}`)
  }
  return [...missing, ...unaccounted(ledger, redis, free)]
}

/** Units handed out that are neither free, nor withdrawn, nor owned by an order with reason to. */
function unaccounted(ledger: LedgerStock, redis: RedisStock, free: Set<number>): string[] {
  const missing: string[] = []
  const withdrawn = [...ledger.withdrawn]
  const pending = new Set<string>()
  for (const entry of redis.entries) {
    if (entry.kind === 'hold') pending.add(entry.orderId)
    if (entry.kind === 'withdrawal') withdrawn.push(...entry.ranges)
  }
  const open = new Set(ledger.returns.map(({ orderId, unit }) => `${orderId} ${unit}`))
  const live = new Set(ledger.units.map(({ orderId, unit }) => `${orderId} ${unit}`))
  for (let unit = 1; unit <= redis.last; unit++) {
    const owner = redis.owners.get(unit)
    if (owner === undefined) {
      const gone = free.has(unit) || withdrawn.some((r) => unit >= r.first && unit <= r.last)
      if (!gone) missing.push(`unit ${unit}`)
    } else {
      const known = `${owner} ${unit}`
      if (!pending.has(owner) && !live.has(known) && !open.has(known))
        missing.push(`return of ${unit}`)
    }
  }
  return missing
}
