import type { Redis } from '@flashsale/redis/connection.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import type { SegmentAt } from '../domain/segment.ts'
import type { RedisStock } from '../domain/stock-reading.ts'
import { saleKeys } from './sale-keys.ts'
import { parseEntry } from './stock-stream.ts'

type Reply = [string[], string[], string[], [string, string[]][], string]

/**
 * All stock of a segment at one moment, for the audit and the reconciler (R17). A transaction of plain
 * commands instead of a script: it is as much one moment, and with 100,000 units it keeps Redis for a
 * fraction of the time. It has no check in front (R1): what a Redis that forgot still knows is part of
 * the answer.
 */
export async function readStock(redis: Redis, at: SegmentAt): Promise<RedisStock> {
  const { sale, units, free, stream } = saleKeys(at)
  const transaction = redis.multi()
  transaction.call('HGETALL', sale)
  transaction.call('HGETALL', units)
  transaction.lrange(free, 0, -1)
  transaction.xrange(stream, '-', '+')
  transaction.info('server')
  const [hash, owners, returned, entries, info] = await replies(transaction)
  const field = pairs(hash)
  const runId = /run_id:(\w+)/.exec(info)?.[1] ?? ''
  return {
    epoch: Number(field.get('epoch') ?? 0),
    last: Number(field.get('last') ?? 0),
    stock: Number(field.get('stock') ?? 0),
    runId,
    remembers: field.get('run_id') === runId,
    owners: new Map([...pairs(owners)].map(([unit, order]) => [Number(unit), order])),
    free: returned.map(Number),
    entries: entries.map(([id, fields]) => parseEntry(id, fields)),
  }
}

async function replies(transaction: ReturnType<Redis['multi']>): Promise<Reply> {
  const results = await transaction.exec()
  if (!results) throw new Fault('redis.no-answer', 'a reading was not run', {})
  for (const [error] of results) if (error) throw error
  return results.map(([, value]) => value) as Reply
}

function pairs(flat: string[]): Map<string, string> {
  const map = new Map<string, string>()
  for (let i = 0; i < flat.length; i += 2) map.set(flat[i] as string, flat[i + 1] as string)
  return map
}
