import { type Crash, crashes as crashWords } from '@flashsale/simulation/crashes.ts'
import { type Rule, rules } from '@flashsale/simulation/rules.ts'
import { whole } from '../demo/draw.ts'
import { table } from '../demo/tables.ts'
import type { Machine } from '../machine.ts'
import type { Outcome } from './play-sales.ts'

/** Below so many sales a crash may not have come, and nothing is wrong. */
export const seesAllFromSales = 20_000

/** Every promise held, and enough was played to see each crash: one that never came is not shown to do no harm. */
export function hasPassed({ sales, crashes, broken }: Outcome): boolean {
  const sawAll = Object.values(crashes).every((count) => count > 0)
  return broken === undefined && (sawAll || sales < seesAllFromSales)
}

export type Summary = {
  commit: string
  command: string
  date: string
  machine: Machine
  seed: number
  passed: boolean
} & ({ outcome: Outcome } | { without: { rule: Rule; outcome: Outcome }[] })

/** As a page to read. */
export function page(summary: Summary): string {
  const { commit, command, date } = summary
  const head = `${command} · ${commit} · ${date.slice(0, 16)}Z`
  const rest = 'outcome' in summary ? ofAllRules(summary.outcome) : ofEachRule(summary.without)
  return [head, ...rest, summary.passed ? 'PASSED' : 'FAILED'].join('\n\n')
}

function ofAllRules(outcome: Outcome): string[] {
  const { sales, steps, tookMs, crashes, broken } = outcome
  const rows = Object.entries(crashes).map(([name, count]) => [
    name,
    crashWords[name as Crash],
    whole(count),
  ])
  const size = `${whole(sales)} sales, ${whole(steps)} steps, ${(tookMs / 1_000).toFixed(0)} s`
  const promises = broken ? story(outcome) : ['every promise held, at each step and at rest']
  return [
    size,
    table(['what came between', 'that is', 'times'], rows),
    ...promises,
    ...unseen(outcome),
  ]
}

function unseen({ sales, crashes }: Outcome): string[] {
  const names = Object.keys(crashes).filter((name) => crashes[name as Crash] === 0)
  if (names.length === 0) return []
  const why = sales < seesAllFromSales ? 'too few sales to see them' : 'nothing is shown of them'
  return [`never came: ${names.join(', ')}: ${why}`]
}

function story({ broken }: Outcome): string[] {
  if (!broken) return []
  const steps = broken.history.map((name, i) => `${String(i + 1).padStart(5)}  ${name}`)
  return [`BROKEN: ${broken.promise} (seed ${broken.seed})`, steps.join('\n')]
}

function ofEachRule(without: { rule: Rule; outcome: Outcome }[]): string[] {
  const rows = without.map(({ rule, outcome: { broken, sales } }) => [
    rule,
    rules[rule],
    broken ? broken.promise : 'NOTHING BROKE',
    broken ? whole(broken.afterSales) : `> ${whole(sales)}`,
    broken ? broken.history.length : '',
  ])
  const columns = ['without', 'the rule', 'what broke', 'after sales', 'steps of the shortest']
  const [only] = without.length === 1 ? without : []
  return [table(columns, rows), ...(only ? story(only.outcome) : [])]
}
