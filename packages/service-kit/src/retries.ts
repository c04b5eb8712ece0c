import type { Call } from './http-client.ts'
import { peerMetrics } from './peer-metrics.ts'
import { sleep } from './wait.ts'

const RETRIES_MAX = 3 // of one call
const FIRST_PAUSE_MS_MAX = 50 // doubled for each further one
const EARNED_BY_CALL = 0.1 // of a retry
const SAVED_MAX = 10

type Options = { peer: string; isInVain: () => boolean }

/**
 * When a call is sent once more: only if twice has the effect of once, within its deadline, after a
 * pause of any length up to a bound (what failed together does not come again together), and out of a
 * budget. So a few failures are mended, and a peer that always fails gets a tenth more calls, not four
 * times as many.
 */
export function createRetries({ peer, isInVain }: Options) {
  const retries = peerMetrics.retries.labels(peer)
  const refused = peerMetrics.retriesRefused.labels(peer)
  let saved = SAVED_MAX

  return {
    /** Once for each call, whatever becomes of it. */
    earn() {
      saved = Math.min(SAVED_MAX, saved + EARNED_BY_CALL)
    },
    /** Resolves when it is to be sent, or with false at once. `nth`: how many there were before. */
    async isDue(call: Call, nth: number, endsAtMs: number): Promise<boolean> {
      if (nth === RETRIES_MAX || !mayBeSentAgain(call)) return false
      const pauseMs = Math.random() * FIRST_PAUSE_MS_MAX * 2 ** nth
      if (performance.now() + pauseMs >= endsAtMs || isInVain()) return false
      if (saved < 1) {
        refused.inc()
        return false
      }
      saved--
      await sleep(pauseMs)
      if (isInVain()) return false
      retries.inc()
      return true
    },
  }
}

const mayBeSentAgain = ({ method, again, retry }: Call) => retry ?? again ?? method === 'GET'
