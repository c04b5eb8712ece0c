import type { Snapshot } from './progress.ts'

type Paint = (text: string, style: 'bold' | 'dim' | 'green' | 'red') => string
type Screen = { columns: number; paint: Paint }

const labelWidth = 9
const widthMax = 100
const barMin = 20
const barMax = 60
const reasonsMax = 3 // on a plain line; the block shows all

export const whole = (count: number) => count.toLocaleString('en-US')
export const ms = (value: number | undefined) =>
  value === undefined ? '-' : `${value < 10 ? value.toFixed(1) : whole(Math.round(value))} ms`

export function clock(sinceOpeningMs: number): string {
  const sign = sinceOpeningMs < 0 ? '-' : '+'
  return `${sign}${(Math.abs(sinceOpeningMs) / 1_000).toFixed(1)} s`
}

/** The lines of the live block; none is wider than the screen. */
export function block(title: string, now: Snapshot, { columns, paint }: Screen): string[] {
  const width = Math.min(columns - 1, widthMax)
  const when = `${now.phase}  ${clock(now.sinceOpeningMs)}`
  const head = fit(title, width - when.length - 1)
  const gap = ' '.repeat(Math.max(1, width - head.length - when.length))
  const line = (label: string, text: string) =>
    paint(label.padEnd(labelWidth), 'dim') + fit(text, width - labelWidth)
  const { units, lagMs, resold } = now
  const barWidth = Math.max(barMin, Math.min(barMax, width - labelWidth))
  const audits = `${paint('audits'.padEnd(labelWidth), 'dim')}${whole(now.audits)}`
  return [
    `${paint(head, 'bold')}${gap}${paint(when, 'bold')}`,
    line('attempts', attempts(now)),
    ...twoLines(reasons(now.refused), width - labelWidth).map((text, at) => {
      return line(at === 0 ? 'refused' : '', text)
    }),
    line('orders', `${listed(now.orders) || 'none'}  ·  ${door(now)}`),
    line('units', bar(units, barWidth)),
    line('', `${inWords(units)}  ·  sold again ${whole(resold)}`),
    line('lag', `202 to order: p50 ${ms(lagMs.p50)}  p99 ${ms(lagMs.p99)}`),
    now.audits === 0 ? audits : `${audits}  ${verdict(now, paint)}`,
  ]
}

export function plainLine(now: Snapshot): string {
  const parts = [
    `${attempts(now)}${now.refused.size > 0 ? ` (${listed(now.refused, reasonsMax)})` : ''}`,
    `${listed(now.orders) || 'no orders'}`,
    now.phase === 'asking every receipt' ? door(now) : '',
    inWords(now.units),
    `sold again ${whole(now.resold)}`,
    `lag ${ms(now.lagMs.p50)}`,
    `audits ${whole(now.audits)}${now.audits > 0 ? `, ${verdict(now, (text) => text)}` : ''}`,
  ]
  const when = `${clock(now.sinceOpeningMs).padStart(7)} ${now.phase}`
  return `${when}: ${parts.filter(Boolean).join(' | ')}`
}

function attempts({ attempts, accepted, refused }: Snapshot): string {
  const no = [...refused.values()].reduce((sum, count) => sum + count, 0)
  return `${whole(attempts)}  accepted ${whole(accepted)}  refused ${whole(no)}`
}

function door({ phase, receiptsAsked, accepted, waiting }: Snapshot): string {
  return phase === 'asking every receipt'
    ? `asked ${whole(receiptsAsked)} of ${whole(accepted)} receipts`
    : `waiting at the door ${whole(waiting)}`
}

function verdict({ inexact, faults }: Snapshot, paint: Paint): string {
  if (inexact + faults === 0) return paint('all exact', 'green')
  return paint(`${inexact} not exact, ${faults} faults`, 'red')
}

function inWords({ sold, held, available, withdrawn }: Snapshot['units']): string {
  const parts = [`sold ${whole(sold)}`, `held ${whole(held)}`, `free ${whole(available)}`]
  return [...parts, ...(withdrawn > 0 ? [`withdrawn ${whole(withdrawn)}`] : [])].join('  ')
}

function listed(counts: Map<string, number>, max = Number.POSITIVE_INFINITY): string {
  const sorted = [...counts].sort(([, a], [, b]) => b - a)
  const rest = sorted.slice(max).reduce((sum, [, count]) => sum + count, 0)
  const shown = new Map(sorted.slice(0, max))
  return [...reasons(shown), ...(rest > 0 ? [`else ${whole(rest)}`] : [])].join('  ')
}

function reasons(counts: Map<string, number>): string[] {
  const sorted = [...counts].sort(([, a], [, b]) => b - a)
  return sorted.map(([name, count]) => `${name} ${whole(count)}`)
}

/** Always two, so that the block keeps its height. */
function twoLines(parts: string[], width: number): [string, string] {
  const all = parts.join('  ')
  if (all.length <= width) return [all || 'none', '']
  let count = parts.length - 1
  while (count > 1 && parts.slice(0, count).join('  ').length > width) count--
  return [parts.slice(0, count).join('  '), parts.slice(count).join('  ')]
}

/** Sold, held and withdrawn units as parts of the stock; what is free is left open. */
function bar({ stock, sold, held, withdrawn }: Snapshot['units'], width: number): string {
  const edge = (units: number) => Math.round((units / Math.max(1, stock)) * width)
  const [first, second, third] = [sold, sold + held, sold + held + withdrawn].map(edge)
  const cell = (at: number) =>
    at < (first ?? 0) ? '█' : at < (second ?? 0) ? '▒' : at < (third ?? 0) ? '×' : '·'
  return Array.from({ length: width }, (_, at) => cell(at)).join('')
}

function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`
}
