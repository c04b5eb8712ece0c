import type { Redis } from '@flashsale/redis/connection.ts'
import { Fault } from '@flashsale/service-kit/fault.ts'
import type { StreamLength } from '../domain/ledger-backlog.ts'
import type { SegmentAt } from '../domain/segment.ts'
import { saleKeys } from './sale-keys.ts'

export async function readStreamLengths(redis: Redis, segments: SegmentAt[]) {
  const pipeline = redis.pipeline()
  for (const at of segments) {
    const { orders, stream } = saleKeys(at)
    pipeline.hlen(orders).xlen(stream)
  }
  const replies = (await pipeline.exec()) ?? []
  const count = (i: number) => {
    const [error, value] = replies[i] ?? []
    if (error || typeof value !== 'number') {
      throw error ?? new Fault('redis.no-answer', 'a stream was not read', {})
    }
    return value
  }
  return segments.map((at, i): StreamLength => {
    const made = count(2 * i)
    return { stream: saleKeys(at).stream, made, waiting: count(2 * i + 1) }
  })
}
