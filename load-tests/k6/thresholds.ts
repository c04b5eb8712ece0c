import type { Threshold } from 'k6/options'
import { checksRule, latencyLimits } from './limits.ts'

const latencyRules = latencyLimits.map(({ statistic, limitMs }) => `${statistic}<${limitMs}`)

/** A yes and a no are judged apart: many cheap ones must not hide a few dear ones. */
export const thresholds: Record<string, Threshold[]> = {
  accepted: latencyRules,
  sold_out: latencyRules,
  checks: [checksRule],
}

const judgedAfter = '10s' // of the run: the wait for the opening is a part of it

/** The same, ending the run at the first that breaks. */
export const abortingThresholds: Record<string, Threshold[]> = Object.fromEntries(
  Object.entries(thresholds).map(([metric, rules]) => [metric, rules.map(aborting)]),
)

function aborting(rule: Threshold): Threshold {
  const threshold = typeof rule === 'string' ? rule : rule.threshold
  return { threshold, abortOnFail: true, delayAbortEval: judgedAfter }
}
