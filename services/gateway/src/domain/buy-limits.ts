import { type LimitName, limitNames } from '@flashsale/contracts/http/runtime-config.ts'
import type { Limits } from './limits.ts'
import { type Bucket, createTokenBuckets, type Level, type TokenBuckets } from './token-bucket.ts'

type Asked = { buyer: string; address: () => string }
/** What is left of the limit that refused, else of the buyer's. */
export type Verdict = {
  allowed: boolean
  limit: LimitName
  remaining: number
  /** Until one more is let in; 0 if it is now. */
  retryAfterMs: number
  untilFullMs: number
}
type Kept = { limit: LimitName; bucket: Bucket; buckets: TokenBuckets }

/** Whose bucket it is, limit by limit. */
const keys: Record<LimitName, (asked: Asked) => string> = {
  buyer: ({ buyer }) => buyer,
  address: ({ address }) => address(),
  gateway: () => 'all',
}

/** The limits of one gateway on the buy route. Who is refused by one of them takes from none. */
export function createBuyLimits(limits: Limits) {
  let kept: Kept[] = [] // buyer, address, gateway: those that are limited

  const change = (next: Limits) => {
    kept = limitNames.flatMap((limit) => {
      const bucket = next[limit]
      if (bucket === null) return []
      const known = kept.find((one) => one.limit === limit)
      const buckets = known?.buckets ?? createTokenBuckets(bucket)
      buckets.change(bucket)
      return [{ limit, bucket, buckets }]
    })
  }
  change(limits)

  return {
    change,
    /** Undefined when it is let in and the buyer has no limit to be told of. */
    take(asked: Asked, nowMs: number): Verdict | undefined {
      const levels: Level[] = []
      for (const one of kept) {
        const level = one.buckets.look(keys[one.limit](asked), nowMs)
        if (level.tokens < 1) return verdict(false, one, level)
        levels.push(level)
      }
      for (const level of levels) level.tokens -= 1
      const [first] = kept
      return first?.limit === 'buyer' ? verdict(true, first, levels[0] as Level) : undefined
    },
  }
}

function verdict(allowed: boolean, { limit, bucket }: Kept, { tokens }: Level): Verdict {
  const untilMs = (wanted: number) => Math.max(0, ((wanted - tokens) * 1000) / bucket.perSecond)
  const remaining = Math.floor(tokens)
  return {
    allowed,
    limit,
    remaining,
    retryAfterMs: untilMs(1),
    untilFullMs: untilMs(bucket.burst),
  }
}
