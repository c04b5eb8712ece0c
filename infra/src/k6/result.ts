import type { Books, Second } from '../../../load-tests/k6/story.ts'
import type { Summary } from '../../../load-tests/k6/summary.ts'
import type { Sale } from '../../../load-tests/k6/told-lines.ts'
import type { Machine } from '../machine.ts'
import { breakingPoint } from './breaking-point.ts'
import type { K6Options } from './options.ts'
import { thresholdsMissed } from './run-k6.ts'
import type { Settled } from './settle.ts'
import type { Tale } from './told.ts'

/** All that is known of a run: written as JSON, told as tables and as a page. */
export type Result = Pick<K6Options, 'script' | 'sizes'> & {
  commit: string
  command: string
  date: string
  machine: Machine
  /** What made the load, in its own words. */
  generator: string
  k6ExitCode: number
  exitCode: number
  /** Why it failed; empty when the books are exact and each 202 has its end. */
  failures: string[]
  sale: Sale
  summary: Summary
  soldOutAfterMs: number | undefined
  breaksAt: string | undefined
  settled: Settled
  seconds: Second[]
}
type Facts = Omit<Result, 'exitCode' | 'failures' | 'soldOutAfterMs' | 'breaksAt' | 'seconds'>

export function judge(facts: Facts, tale: Tale, died: readonly string[]): Result {
  const { k6ExitCode, script, sizes, settled } = facts
  const failures = failuresOf(facts, tale, died)
  const missed = k6ExitCode === thresholdsMissed && script !== 'breakpoint' // which looks for just that
  return {
    ...facts,
    exitCode: failures.length > 0 ? 1 : missed ? thresholdsMissed : 0,
    failures,
    soldOutAfterMs: tale.acceptedAtMs[(settled.audit?.stock ?? sizes.stock) - 1],
    breaksAt:
      script === 'breakpoint' ? breakingPoint(tale.seconds, facts.summary.rules) : undefined,
    seconds: tale.seconds,
  }
}

function failuresOf({ k6ExitCode, settled, summary }: Facts, tale: Tale, died: readonly string[]) {
  const { audit, withoutEnd, examples, faults } = settled
  const accepted = summary.answers.accepted ?? 0
  const told = tale.acceptedAtMs.length
  const checks: [boolean, string][] = [
    [k6ExitCode === 0 || k6ExitCode === thresholdsMissed, `k6 ended with ${k6ExitCode}`],
    [told > 0, 'nobody got a 202'],
    [withoutEnd === 0, `${withoutEnd} of the 202s have no end: ${examples.join(', ')}`],
    [audit !== undefined, 'the books could not be read'],
    [audit?.exact !== false, `the audit is not exact: ${JSON.stringify(audit)}`],
    [settled.isAtRest || audit === undefined, 'the sale did not come to rest in time'],
    [accepted === told, `k6 counted ${accepted} accepted, but told of ${told}`],
    [faults.length === 0, `answered against the contract: ${faults.join('; ')}`],
    [died.length === 0, `${died.join(', ')} died and ran again`],
  ]
  return checks.filter(([holds]) => !holds).map(([, failure]) => failure)
}

export function booksOf({ settled, sizes }: Result): Books {
  const { audit, receipts, ends, withoutEnd } = settled
  const none = { sold: 0, withdrawn: 0, held: 0, available: 0, oversold: 0, overLimit: 0 }
  const read = audit ?? { ...none, stock: sizes.stock, exact: false }
  const { stock, sold, withdrawn, held, available, oversold, overLimit, exact } = read
  const units = { stock, sold, withdrawn, held, available, oversold, overLimit, exact }
  return { ...units, receipts, ends, withoutEnd }
}
