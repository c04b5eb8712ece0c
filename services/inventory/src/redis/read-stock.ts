import type { Redis } from '@flashsale/redis/connection.ts'
import type { SegmentAt } from '../domain/segment.ts'
import type { RedisStock } from '../domain/stock-reading.ts'
import { saleKeys } from './sale-keys.ts'
import { unguardedScript } from './stock-script.ts'
import { parseEntry } from './stock-stream.ts'

const script = unguardedScript('read-stock')

/** Everything Redis knows of a segment at one moment. Its size is that of the live stock. */
export async function readStock(redis: Redis, at: SegmentAt): Promise<RedisStock> {
  const { sale, units, free, slots, keys, orders, stream } = saleKeys(at)
  const names = [sale, units, free, slots, keys, orders, stream]
  const reply = (await script(redis, names, [])) as [
    string[],
    string[],
    string[],
    string[],
    string[],
    string[],
    [string, string[]][],
    string,
  ]
  const hash = pairs(reply[0])
  return {
    epoch: Number(hash.get('epoch') ?? 0),
    last: Number(hash.get('last') ?? 0),
    stock: Number(hash.get('stock') ?? 0),
    runId: reply[7],
    remembers: hash.get('run_id') === reply[7],
    owners: new Map([...pairs(reply[1])].map(([unit, order]) => [Number(unit), order])),
    free: reply[2].map(Number),
    slots: pairs(reply[3]),
    keys: pairs(reply[4]),
    orders: new Set(pairs(reply[5]).keys()),
    entries: reply[6].map(([id, fields]) => parseEntry(id, fields)),
  }
}

function pairs(flat: string[]): Map<string, string> {
  const map = new Map<string, string>()
  for (let i = 0; i < flat.length; i += 2) map.set(flat[i] as string, flat[i + 1] as string)
  return map
}
