import type { Latency, Summary } from './summary.ts'

/** For a terminal; `./dev k6` has its own tables. */
export function summaryText(summary: Summary): string {
  const { attempts, dropped, answers, accepted, soldOut, untilPaid, rules } = summary
  const lines = [
    `attempts ${attempts}, dropped ${dropped ?? 'unknown'}`,
    ...Object.entries(answers).map(([outcome, count]) => `${outcome.padEnd(14)} ${count}`),
    ...latencyLine('accepted', accepted),
    ...latencyLine('sold out', soldOut),
    ...latencyLine('until paid', untilPaid),
    ...rules.map(({ metric, rule, value, isMet }) => {
      return `${isMet ? 'met   ' : 'MISSED'} ${metric} ${rule}: ${value.toFixed(3)}`
    }),
  ]
  return `${lines.join('\n')}\n`
}

function latencyLine(name: string, latency: Latency | undefined): string[] {
  if (!latency) return []
  const { avgMs, p95Ms, p99Ms, p999Ms, maxMs } = latency
  const figures = Object.entries({
    avg: avgMs,
    p95: p95Ms,
    p99: p99Ms,
    'p99.9': p999Ms,
    max: maxMs,
  })
  const said = figures.map(([what, ms]) => `${what} ${ms.toFixed(1)}`)
  return [`${name.padEnd(14)} ms: ${said.join(', ')}`]
}
