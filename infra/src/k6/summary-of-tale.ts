import { checksRateMin, checksRule, latencyLimits } from '../../../load-tests/k6/limits.ts'
import { isPromised, type Outcome } from '../../../load-tests/k6/outcome.ts'
import type { Latency, Rule, Summary } from '../../../load-tests/k6/summary.ts'
import { percentile } from '../demo/tally.ts'
import { attemptsIn } from './breaking-point.ts'
import type { Tale } from './told.ts'

/**
 * Of a run whose k6 left no summary, or several, one a runner: counted anew over all that was told.
 * What k6 alone knows, dropped iterations and virtual users, is not known here.
 */
export function summaryOf({ seconds, tookMs }: Tale): Summary {
  const answers: Partial<Record<Outcome, number>> = {}
  for (const second of seconds) {
    for (const [name, count] of Object.entries(second.answers)) {
      const outcome = name as Outcome
      answers[outcome] = (answers[outcome] ?? 0) + count
    }
  }
  const attempts = seconds.reduce((sum, second) => sum + attemptsIn(second), 0)
  const promised = Object.entries(answers).filter(([name]) => isPromised(name as Outcome))
  const passed = promised.reduce((sum, [, count]) => sum + count, 0)
  const accepted = latencyOf(tookMs.accepted)
  const soldOut = latencyOf(tookMs.soldOut)
  return {
    durationMs: seconds.length * 1_000,
    attempts,
    dropped: undefined,
    vusMax: undefined,
    answers,
    accepted,
    soldOut,
    untilPaid: undefined,
    checks: { passed, failed: attempts - passed },
    rules: [
      ...rulesOf('accepted', accepted),
      ...rulesOf('sold_out', soldOut),
      checksRuleOf(passed, attempts),
    ],
  }
}

function latencyOf(all: number[]): Latency | undefined {
  if (all.length === 0) return undefined
  const at = (share: number) => percentile(all, share) ?? 0
  return {
    count: all.length,
    avgMs: all.reduce((sum, ms) => sum + ms, 0) / all.length,
    medMs: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    p999Ms: at(0.999),
    maxMs: at(1),
  }
}

function checksRuleOf(passed: number, attempts: number): Rule {
  const value = attempts > 0 ? passed / attempts : 0
  return { metric: 'checks', rule: checksRule, value, isMet: value > checksRateMin }
}

function rulesOf(metric: string, latency: Latency | undefined): Rule[] {
  return latencyLimits.map((limit) => {
    const value = latency ? limit.of(latency) : 0
    const rule = `${limit.statistic}<${limit.limitMs}`
    return { metric, rule, value, isMet: value < limit.limitMs }
  })
}
