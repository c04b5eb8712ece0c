/** Reading side of the stream that reserve.lua and withdraw-units.lua write. */
import type { OrderId } from '@flashsale/contracts/ids.ts'
import type { Redis } from '@flashsale/redis/connection.ts'
import type { SegmentAt } from '../domain/segment.ts'
import type { StockEntry } from '../domain/stock-entry.ts'
import { saleKeys } from './sale-keys.ts'

export const GROUP = 'ledger'
const IDLE_MS_BEFORE_CLAIM = 3_000
const CLAIMS_A_CALL = 500
const CLAIM_CALLS_MAX = 200 // more than a full stream has

/** The group starts at 0, so that nothing written before it existed is skipped (R1b). */
export async function createGroup(redis: Redis, at: SegmentAt): Promise<void> {
  try {
    await redis.xgroup('CREATE', saleKeys(at).stream, GROUP, '0', 'MKSTREAM')
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error
  }
}

type Reply = [string, [string, string[]][]][] | null
export type Read = { at: SegmentAt; entries: StockEntry[] }

/**
 * Next entries of each segment, at most `count` each. `from`: `pending` reads again what this writer
 * was given and has not acknowledged, `new` waits up to `blockMs` for what nobody was given.
 */
export async function readEntries(
  redis: Redis,
  segments: SegmentAt[],
  options: { writer: string; from: 'pending' | 'new'; count: number; blockMs: number },
): Promise<Read[]> {
  const { writer, from, count, blockMs } = options
  const streams = segments.map((at) => saleKeys(at).stream)
  const ids = segments.map(() => (from === 'pending' ? '0' : '>'))
  // The library types only a few lengths of this command.
  const xreadgroup = redis.xreadgroup.bind(redis) as (
    ...args: (string | number)[]
  ) => Promise<Reply>
  const group = ['GROUP', GROUP, writer, 'COUNT', count, 'BLOCK', blockMs, 'STREAMS']
  const reply = await xreadgroup(...group, ...streams, ...ids)
  return (reply ?? []).flatMap(([name, rows]) => {
    const at = segments.find((_, i) => name.endsWith(streams[i] as string)) // behind our key prefix
    const entries = rows.map(([id, fields]) => parseEntry(id, fields))
    return at && entries.length > 0 ? [{ at, entries }] : []
  })
}

/** Takes over what another writer was given and left for 3 s. */
export async function claimIdle(redis: Redis, at: SegmentAt, writer: string): Promise<void> {
  const { stream } = saleKeys(at)
  const count = ['COUNT', CLAIMS_A_CALL] as const
  for (let cursor = '0-0', calls = 0; calls < CLAIM_CALLS_MAX; calls++) {
    const claimed = await redis.xautoclaim(
      ...([stream, GROUP, writer, IDLE_MS_BEFORE_CLAIM, cursor, ...count] as const),
    )
    cursor = String(claimed[0])
    if (cursor === '0-0') return
  }
}

/** Entries as they stand in the stream, whoever was given them; oldest first, behind id `after`. */
export async function readStream(
  redis: Redis,
  at: SegmentAt,
  { after, count }: { after: string | undefined; count: number },
): Promise<StockEntry[]> {
  const from = after === undefined ? '-' : `(${after}`
  const rows = await redis.xrange(saleKeys(at).stream, from, '+', 'COUNT', count)
  return rows.map(([id, fields]) => parseEntry(id, fields))
}

/** The fields of an entry that was written before they were one text. */
const factsBefore = ['hold', 'epoch', 'units', 'slots', 'fingerprint']

export function parseEntry(id: string, fields: string[] | null): StockEntry {
  if (fields === null) return { kind: 'deleted', id } // acknowledged by another writer meanwhile
  const field = new Map<string, string>()
  for (let i = 0; i < fields.length; i += 2) field.set(fields[i] as string, fields[i + 1] as string)
  const text = (name: string) => field.get(name) ?? ''
  if (field.has('withdrawal')) {
    const bounds = text('ranges')
      .split(',')
      .map((range) => range.split('-').map(Number))
    return {
      kind: 'withdrawal',
      id,
      epoch: Number(text('epoch')),
      operation: text('withdrawal'),
      ranges: bounds.map(([first = 0, last = 0]) => ({ first, last })),
    }
  }
  const facts = field.has('units') ? factsBefore.map(text) : text('hold').split(' ')
  const [orderId, epoch, units = '', slots = '', fingerprint = ''] = facts
  const slotOf = slots.split(',').map(Number)
  return {
    kind: 'hold',
    id,
    epoch: Number(epoch),
    orderId: orderId as OrderId,
    buyerId: text('buyer'),
    key: text('key'),
    fingerprint,
    held: units.split(',').map((unit, i) => ({ unit: Number(unit), slot: slotOf[i] as number })),
  }
}
