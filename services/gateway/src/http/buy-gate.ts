import { limitNames } from '@flashsale/contracts/http/runtime-config.ts'
import type { Answer } from '@flashsale/service-kit/problem.ts'
import { createBuyLimits } from '../domain/buy-limits.ts'
import type { Limits } from '../domain/limits.ts'
import type { LimitBoard } from '../jobs/limit-board.ts'
import { metrics } from '../metrics.ts'
import { policyItem, rateLimited, remainingItem } from './rate-limited.ts'

/** `headers` tell the buyer of the limit, let in or not; `refusal` for one who is not. */
export type Passage = { headers?: Record<string, string>; refusal?: Answer }

/** Of each attempt: one token of the buyer, one of the address, one of the whole gateway. */
export function createBuyGate(limits: Pick<LimitBoard, 'share' | 'onShare'>) {
  const buyLimits = createBuyLimits(limits.share())
  let policy = policyOf(limits.share())
  limits.onShare((share) => {
    buyLimits.change(share)
    policy = policyOf(share)
  })

  return {
    /** `address` as `addressKey` has it; asked for only where addresses are limited. */
    pass(asked: { buyer: string; address: () => string }): Passage {
      const verdict = buyLimits.take(asked, performance.now())
      if (!verdict) return {}
      const { limit, remaining, untilFullMs } = verdict
      const headers = {
        'ratelimit-policy': policy,
        ratelimit: remainingItem(limit, remaining, untilFullMs),
      }
      if (verdict.allowed) return { headers }
      metrics.rateLimited.inc({ limit })
      return { headers, refusal: rateLimited(verdict.retryAfterMs) }
    },
  }
}
export type BuyGate = ReturnType<typeof createBuyGate>

/** The window of a bucket is the time that it takes to fill. */
function policyOf(share: Limits): string {
  const items = limitNames.flatMap((name) => {
    const limit = share[name]
    return limit ? [policyItem(name, limit.burst, limit.burst / limit.perSecond)] : []
  })
  return items.join(', ')
}
