import { p99LimitMs } from '../../../load-tests/k6/limits.ts'
import type { Second } from '../../../load-tests/k6/story.ts'
import type { Rule } from '../../../load-tests/k6/summary.ts'
import { whole } from '../demo/draw.ts'

const secondsInARow = 3 // one slow second is a hiccup, no limit

/**
 * In words: from which second and rate on one answer in a hundred was too late. k6 ends the run at the first
 * threshold that breaks, which may be sooner: then that is where it broke.
 */
export function breakingPoint(seconds: readonly Second[], rules: readonly Rule[]): string {
  const found = seconds.findIndex((_, index) => {
    const some = seconds.slice(index, index + secondsInARow)
    return some.length === secondsInARow && some.every(isTooSlow)
  })
  const first = seconds[found]
  const missed = rules.filter(({ isMet }) => !isMet)
  const last = seconds.at(-1)
  if (!first && last && missed.length > 0) {
    const names = missed.map(({ metric, rule }) => `${metric.replace('_', ' ')} ${rule}`)
    return `breaks at ${whole(Math.max(...seconds.slice(-secondsInARow).map(attemptsIn)))} attempts a second: in second ${last.second} the run missed ${names.join(', ')}`
  }
  if (!first) {
    const most = Math.max(0, ...seconds.map(attemptsIn))
    return `did not break: ${whole(most)} attempts in its best second, never ${secondsInARow} seconds in a row with a p99 over ${p99LimitMs} ms`
  }
  const rate = whole(attemptsIn(first))
  return `breaks at ${rate} attempts a second: from second ${first.second} on, p99 is over ${p99LimitMs} ms for ${secondsInARow} seconds in a row`
}

const isTooSlow = ({ acceptedP99Ms = 0, soldOutP99Ms = 0 }: Second) =>
  Math.max(acceptedP99Ms, soldOutP99Ms) > p99LimitMs

export const attemptsIn = ({ answers }: Second) =>
  Object.values(answers).reduce((sum, count) => sum + count, 0)
