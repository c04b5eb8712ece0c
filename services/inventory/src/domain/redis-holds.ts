/** Holds as Redis' hashes tell of them: what the ledger had on record and never told anyone (R18). */
import type { OrderId } from '@flashsale/contracts/ids.ts'
import type { HoldEntry } from './stock-entry.ts'
import type { RedisStock } from './stock-reading.ts'

/** `buyer:slot` -> unit, and `length:buyer:key` -> order and fingerprint. */
export type RedisBuyers = { slots: Map<string, string>; keys: Map<string, string> }

const UUID_CHARS = 36

/** One entry for each order that owns units, as the stream had it; its time is the attempt's. */
export function holdsInRedis(
  redis: RedisStock,
  buyers: RedisBuyers,
  epoch: number,
  heldAtMs: (id: OrderId) => number,
): HoldEntry[] {
  const slots = slotsByOrder(buyers, redis.owners)
  const keys = keysByOrder(buyers)
  const units = Map.groupBy(redis.owners.keys(), (unit) => redis.owners.get(unit) ?? '')
  return [...units].flatMap(([order, owned]): HoldEntry[] => {
    const taken = slots.get(order)
    if (!taken || taken.slots.length !== owned.length) return [] // half told: the buyer is unknown
    const orderId = order as OrderId
    const { key = '', fingerprint = '' } = keys.get(order) ?? {}
    const held = owned.map((unit, i) => ({ unit, slot: taken.slots[i] as number }))
    const { buyerId } = taken
    const id = `${heldAtMs(orderId)}-0`
    return [{ kind: 'hold', id, epoch, orderId, buyerId, key, fingerprint, held }]
  })
}

function slotsByOrder(buyers: RedisBuyers, owners: RedisStock['owners']) {
  const orders = new Map<string, { buyerId: string; slots: number[] }>()
  for (const [field, unit] of buyers.slots) {
    const order = owners.get(Number(unit)) ?? unit // before, the order itself stood there
    const colon = field.lastIndexOf(':')
    const known = orders.get(order) ?? { buyerId: field.slice(0, colon), slots: [] }
    known.slots.push(Number(field.slice(colon + 1)))
    orders.set(order, known)
  }
  return orders
}

/** The buyer's key that led to each order, where there was one. */
export function keysByOrder(buyers: RedisBuyers) {
  const orders = new Map<string, { key: string; fingerprint: string }>()
  for (const [field, value] of buyers.keys) {
    const length = Number(field.slice(0, field.indexOf(':')))
    const key = field.slice(String(length).length + 1 + length + 1)
    const fingerprint = value.slice(UUID_CHARS + 1)
    orders.set(value.slice(0, UUID_CHARS), { key, fingerprint })
  }
  return orders
}
