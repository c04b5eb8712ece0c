import type { Attempt, AttemptResult } from '@flashsale/contracts/http/inventory.ts'
import type { OrderId } from '@flashsale/contracts/ids.ts'
import type { Redis } from '@flashsale/redis/connection.ts'
import type { SegmentAt } from '../domain/segment.ts'
import { keyField, saleKeys } from './sale-keys.ts'
import { changingScript } from './stock-script.ts'

/** Entries that may wait for the ledger while it is away; then the sale answers 503. */
export const STREAM_ENTRIES_MAX = 50_000

const script = changingScript('batch-fields', 'decide-attempt', 'reserve')

/**
 * One script call for all attempts of one segment. Nothing is taken while `streamEntriesMax` entries
 * wait for the ledger. `forgot` and `old-epoch`: nothing was taken, the
 * segment must be read again. Throws when the answer is lost: then each attempt's outcome is unknown.
 */
export async function reserve(
  redis: Redis,
  at: SegmentAt,
  attempts: Attempt[],
  streamEntriesMax = STREAM_ENTRIES_MAX,
) {
  const { sale, units, free, slots, keys, orders, stream } = saleKeys(at)
  const args: (string | number)[] = [at.epoch, streamEntriesMax]
  for (const { orderId, epoch, buyerId, key = '', fingerprint, quantity } of attempts) {
    const field = key === '' ? '' : keyField(buyerId, key)
    args.push(orderId, epoch, buyerId, key, field, fingerprint, quantity)
  }
  const names = [sale, units, free, slots, keys, orders, stream]
  const reply = (await script(redis, names, args)) as [string, ...Reply[]]
  const [kind, ...replies] = reply
  if (kind !== 'done') return { kind: kind === 'forgot' ? kind : 'old-epoch' } as const
  const results = attempts.map(({ orderId }, i) => toResult(replies[i], orderId))
  return { kind: 'done', results } as const
}

/** Most are held, and then that is all there is to say. */
type Reply = 'held' | string[]

function toResult(reply: Reply | undefined, orderId: OrderId): AttemptResult {
  if (reply === 'held') return { kind: reply, orderId }
  const [kind, ...ids] = reply ?? []
  const orderIds = ids as OrderId[]
  switch (kind) {
    case 'repeated':
      return { kind, orderId: orderIds[0] as OrderId }
    case 'limit-reached':
      return { kind, orderIds: [...new Set(orderIds)] }
    case 'idempotency-mismatch':
    case 'not-open':
    case 'sold-out':
    case 'late':
    case 'old-epoch':
      return { kind }
    case 'stream-full': // stock fails closed
      return { kind: 'unavailable' }
    default: // no answer that is known: maybe taken (P8)
      return { kind: 'unknown' }
  }
}
