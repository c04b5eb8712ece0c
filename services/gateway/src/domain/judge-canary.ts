import type { RollBackRule, RolledBack, Track } from '@flashsale/contracts/http/canary.ts'
import { countSlower, p99Of } from './call-times.ts'

/** What a gateway saw of one release within the window. */
export type Seen = { calls: number; errors: number; times: Uint32Array }
export type Verdict = Pick<RolledBack, 'cause' | 'why'>

const BAD_CALLS_MIN = 5 // fewer are chance, whatever share they are
const SLOW_SHARE_MAX = 0.01 // p99

/**
 * What the canary is left for; undefined while nothing speaks against it. It is held to the rule's own
 * numbers and to how stable does meanwhile, whichever is more: what both suffer from is not its fault.
 * Stable counts from as many calls as the canary needs; before, the rule stands alone.
 */
export function judgeCanary(
  rule: RollBackRule,
  { stable, canary }: Record<Track, Seen>,
): Verdict | undefined {
  if (canary.calls < rule.callsMin) return undefined
  const isMeasure = stable.calls >= rule.callsMin
  const ofStable = (figure: number) => (isMeasure ? rule.timesStableMax * figure : 0)
  const ratioMax = Math.max(rule.errorRatioMax, ofStable(ratioOf(stable)))
  const ratio = ratioOf(canary)
  if (canary.errors >= BAD_CALLS_MIN && ratio > ratioMax) {
    const why = `${canary.errors} of ${canary.calls} calls failed, ${percent(ratioMax)} may`
    return { cause: 'errors', why: `${why}; of stable ${stable.errors} of ${stable.calls}` }
  }
  const msMax = Math.max(rule.p99MsMax, ofStable(p99Of(stable.times)))
  const slow = countSlower(canary.times, msMax)
  if (slow >= BAD_CALLS_MIN && slow > SLOW_SHARE_MAX * canary.calls) {
    const why = `${slow} of ${canary.calls} calls took more than ${Math.round(msMax)} ms`
    const ofStable = `p99 of stable ${Math.round(p99Of(stable.times))} ms`
    return { cause: 'slow', why: `${why}, a hundredth may; ${ofStable}` }
  }
  return undefined
}

const ratioOf = ({ calls, errors }: Seen) => (calls === 0 ? 0 : errors / calls)
const percent = (ratio: number) => `${Math.round(ratio * 1_000) / 10} %`
