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
  if (nowMs >= timeOf(closesAt)) return 'closed'
  if (phase === 'paused') return 'paused'
  if (nowMs < timeOf(opensAt)) return 'scheduled'
  return free === 0 ? 'sold-out' : 'open'
}

const times = new Map<string, number>() // every purchase asks for its sale's two
const TIMES_MAX = 10_000

function timeOf(iso: string): number {
  const known = times.get(iso)
  if (known !== undefined) return known
  if (times.size >= TIMES_MAX) times.clear()
  const ms = Date.parse(iso)
  times.set(iso, ms)
  return ms
}
