import type { Snapshot } from './progress.ts'

type Paint = (text: string, style: 'bold' | 'dim' | 'green' | 'red') => string
type Screen = { columns: number; paint: Paint }

const labelWidth = 10
const widthMax = 100
const barMin = 20

export const whole = (count: number) => count.toLocaleString('en-US')
export const ms = (value: number | undefined) =>
  value === undefined
    ? '-'
    : value < 10
      ? `${value.toFixed(1)} ms`
      : `${whole(Math.round(value))} ms`

export function clock(sinceOpeningMs: number): string {
  const sign = sinceOpeningMs < 0 ? '-' : '+'
  return `${sign}${(Math.abs(sinceOpeningMs) / 1_000).toFixed(1)} s`
}

/** The lines of the live block; none is wider than the screen. */
export function block(title: string, now: Snapshot, { columns, paint }: Screen): string[] {
  const width = Math.min(columns - 1, widthMax)
  const when = `${now.phase}  ${clock(now.sinceOpeningMs)}`
  const gap = ' '.repeat(Math.max(1, width - title.length - when.length))
  const line = (label: string, text: string) =>
    `${paint(label.padEnd(labelWidth), 'dim')}${fit(text, width - labelWidth)}`
  const { units } = now
  const sound = now.inexact + now.faults === 0
  const verdict = sound ? paint('all exact', 'green') : paint(trouble(now), 'red')
  return [
    `${paint(fit(title, width - when.length - 1), 'bold')}${gap}${paint(when, 'bold')}`,
    line('attempts', attempts(now)),
    line('refused', listed(now.refused) || 'none'),
    line(
      'orders',
      `${listed(now.orders) || 'none'}   ·   waiting at the door ${whole(now.waiting)}`,
    ),
    line('units', bar(units, Math.max(barMin, Math.min(50, width - labelWidth - 2)))),
    line(
      '',
      `sold ${whole(units.sold)}  held ${whole(units.held)}  free ${whole(units.available)}  ` +
        `withdrawn ${whole(units.withdrawn)}   ·   sold again ${whole(now.resold)}`,
    ),
    line('order lag', `p50 ${ms(now.lagMs.p50)}  p99 ${ms(now.lagMs.p99)}`),
    `${paint('audits'.padEnd(labelWidth), 'dim')}${whole(now.audits)}  ${now.audits > 0 ? verdict : ''}`,
  ]
}

export function plainLine(now: Snapshot): string {
  const { units } = now
  const parts = [
    attempts(now),
    now.refused.size > 0 ? `refused ${listed(now.refused)}` : '',
    `orders ${listed(now.orders) || 'none'}`,
    `sold again ${whole(now.resold)}`,
    `units ${units.sold} sold ${units.held} held ${units.available} free`,
    `lag p50 ${ms(now.lagMs.p50)}`,
    `audits ${now.audits} ${now.inexact + now.faults === 0 ? 'exact' : trouble(now)}`,
  ]
  return `${clock(now.sinceOpeningMs).padStart(7)} ${now.phase}: ${parts.filter(Boolean).join(' | ')}`
}

function attempts({ attempts, accepted, refused }: Snapshot): string {
  const no = [...refused.values()].reduce((sum, count) => sum + count, 0)
  return `${whole(attempts)}  accepted ${whole(accepted)}  refused ${whole(no)}`
}

const trouble = ({ inexact, faults }: Snapshot) => `${inexact} not exact, ${faults} faults`

function listed(counts: Map<string, number>): string {
  const sorted = [...counts].sort(([, a], [, b]) => b - a)
  return sorted.map(([name, count]) => `${name} ${whole(count)}`).join('  ')
}

/** Sold, held, withdrawn and free units, as parts of the stock. */
function bar({ stock, sold, held, withdrawn }: Snapshot['units'], width: number): string {
  const cells = (units: number) => Math.round((units / Math.max(1, stock)) * width)
  const full = '█'.repeat(cells(sold))
  const half = '▒'.repeat(cells(held))
  const gone = 'x'.repeat(cells(withdrawn))
  return `${full}${half}${gone}`.padEnd(width, '·').slice(0, width)
}

function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`
}
