import type { SaleFacts } from '@flashsale/contracts/http/inventory.ts'

export type SaleState = 'draft' | 'scheduled' | 'open' | 'sold-out' | 'paused' | 'closed'

type Facts = Pick<SaleFacts, 'phase' | 'opensAt' | 'closesAt' | 'free'>

/**
 * `nowMs` is in Redis' time, so that every gateway opens the sale at the same moment, by the clock and
 * not by a message; while that is not known, no sale has opened, whatever our own clock says. A sale
 * whose stock is unknown (`free` is null) is open: it has not run out.
 */
export function saleState(
  { phase, opensAt, closesAt, free }: Facts,
  nowMs: number | undefined,
): SaleState {
  if (phase === 'draft' || phase === 'closed') return phase
  if (nowMs === undefined) return phase === 'paused' ? 'paused' : 'scheduled'
  if (nowMs >= Date.parse(closesAt)) return 'closed'
  if (phase === 'paused') return 'paused'
  if (nowMs < Date.parse(opensAt)) return 'scheduled'
  return free === 0 ? 'sold-out' : 'open'
}
