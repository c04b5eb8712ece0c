import type { Latency, Summary } from '../../../load-tests/k6/summary.ts'
import { ms, whole } from '../demo/draw.ts'
import { table } from '../demo/tables.ts'
import { booksOf, type Result } from './result.ts'

/** The whole result, to read in a terminal. */
export function resultText(result: Result): string {
  const { breaksAt, summary } = result
  const sections = [
    headline(result),
    answersTable(summary),
    latencyTable(summary),
    rulesTable(summary),
    breaksAt ?? '',
    booksText(result),
    verdict(result),
  ]
  return sections.filter((section) => section !== '').join('\n\n')
}

function headline({ command, commit, date, machine, generator, sizes, summary }: Result): string {
  const { cpus, cpuModel, memoryGiB, node } = machine
  const { peakPerSecond, seconds, stock } = sizes
  return [
    `${command} · ${commit} · ${date.slice(0, 16)}Z`,
    `${generator} · ${cpus} cores (${cpuModel}), ${memoryGiB} GiB, Node ${node}; servers and generator share them`,
    `${whole(stock)} units, up to ${whole(peakPerSecond)} attempts a second for ${whole(seconds)} s: ${whole(summary.attempts)} made, ${summary.dropped === undefined ? 'nobody knows how many' : whole(summary.dropped)} dropped`,
  ].join('\n')
}

function answersTable({ answers }: Summary): string {
  return table(['answers', 'count'], Object.entries(answers))
}

function latencyTable({ accepted, soldOut, untilPaid }: Summary): string {
  const row = (name: string, latency: Latency | undefined) => {
    if (!latency) return []
    const { count, avgMs, medMs, p95Ms, p99Ms, p999Ms, maxMs } = latency
    return [[name, count, ...[avgMs, medMs, p95Ms, p99Ms, p999Ms, maxMs].map(ms)]]
  }
  return table(
    ['latencies', 'count', 'avg', 'median', 'p95', 'p99', 'p99.9', 'max'],
    [
      ...row('accepted', accepted),
      ...row('sold out', soldOut),
      ...row('from checkout to paid', untilPaid),
    ],
  )
}

function rulesTable({ rules, checks }: Summary): string {
  const rows = rules.map(({ metric, rule, value, isMet }) => {
    const was = rule.startsWith('rate') ? value.toFixed(4) : ms(value)
    return [metric.replace('_', ' '), rule, was, isMet ? 'met' : 'MISSED']
  })
  const { passed, failed } = checks
  const count = `${whole(passed)} of ${whole(passed + failed)} checks passed`
  return `${table(['thresholds', 'limit', 'was', ''], rows)}\n${count}`
}

function booksText(result: Result): string {
  const { stock, sold, withdrawn, held, available, exact, receipts, withoutEnd, ends } =
    booksOf(result)
  const units = [`sold ${sold}`, `withdrawn ${withdrawn}`, `held ${held}`, `available ${available}`]
  const ended = Object.entries(ends).map(([end, count]) => `${whole(count)} ${end}`)
  return [
    `the books of ${result.sale.id} are ${exact ? 'exact' : 'NOT EXACT'}: stock ${stock} = ${units.join(' + ')}`,
    `${whole(receipts)} times 202, each asked for: ${ended.join(', ') || 'none'}; without an end ${withoutEnd}`,
  ].join('\n')
}

function verdict({ failures, exitCode, summary, script }: Result): string {
  if (failures.length > 0) return ['FAILED', ...failures].join('\n  - ')
  const missed = summary.rules.filter(({ isMet }) => !isMet).length
  const kept = 'the books are exact and every 202 has its end'
  if (missed === 0) return `PASSED: ${kept}; all thresholds met`
  const where = script === 'breakpoint' ? 'as it was to be' : `exit ${exitCode}`
  return `${kept}; ${missed} of ${summary.rules.length} thresholds MISSED (${where})`
}
