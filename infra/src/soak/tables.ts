import { ms, whole } from '../demo/draw.ts'
import { table } from '../demo/tables.ts'
import type { FigureRow } from './figures.ts'
import { inNines, type NinesRow, percent } from './nines.ts'
import type { Summary } from './summary.ts'

/** The whole summary, as a page to read. */
export function page(summary: Summary): string {
  const sections = [
    headline(summary),
    calibration(summary),
    coresTable(summary),
    ninesTables(summary),
    killedTable(summary),
    figuresTable(summary.figures),
    keptTable(summary),
    restTable(summary),
    table(['ends', 'receipts'], Object.entries(summary.receipts.ends)),
    table(
      ['receipts, books and bank', 'first', 'second', ''],
      summary.checks.map(({ what, left, right, holds }) => {
        return [what, left, right, holds ? 'same' : 'DIFFERENT']
      }),
    ),
    ...troubles(summary),
    verdict(summary),
  ]
  return sections.filter((section) => section !== '').join('\n\n')
}

const worstShown = 8

const perSecond = (value: number) => value.toFixed(1)

function headline(summary: Summary): string {
  const { minutes, kills, attemptsPerSecond, ordersPerSecond, machine, commit, audits } = summary
  const { arrivals, turnedAway, attempts, sales, receipts, buyMs, scale } = summary
  const away = turnedAway > 0 ? `, ${whole(turnedAway)} buyers more not sent by this machine` : ''
  const several = Object.entries(scale).map(([name, count]) => `${count} ${name}`)
  return [
    `soak · ${minutes} min${kills ? ' with kills' : ''} · ${attemptsPerSecond} buyers/s · ${perSecond(ordersPerSecond)} orders/s`,
    `${whole(arrivals)} buyers, ${whole(attempts)} requests to buy${away}; whole run: ${whole(sales)} sales, ${whole(receipts.count)} receipts`,
    `buy call p50 ${ms(buyMs.p50)}, p99 ${ms(buyMs.p99)} · audits: ${whole(audits.exact)} exact, ${whole(audits.inexact)} not, ${whole(audits.unavailable)} could not be read then`,
    `${several.length > 0 ? `${several.join(', ')} · ` : ''}${machine.cpus} cores (${machine.cpuModel}), ${machine.memoryGiB} GiB, Node ${machine.node} · ${commit}`,
  ].join('\n')
}

function calibration({ calibration: steps, attemptsPerSecond }: Summary): string {
  if (steps.length === 0) return ''
  const rows = steps.map(
    ({ attemptsPerSecond, buyP95Ms, backlog, atTill, turnedAway, ...step }) => {
      const verdict = step.isSustained ? 'sustained' : 'too much'
      return [String(attemptsPerSecond), buyP95Ms, backlog, atTill, turnedAway, verdict]
    },
  )
  const head = [
    'calibration: buyers/s',
    'buy p95, ms',
    'waiting behind',
    'in line to pay',
    'not sent',
    '',
  ]
  return `${table(head, rows)}\nhalf of the last one sustained: ${attemptsPerSecond}/s`
}

function coresTable({ cores, generatorLoopMs, machine }: Summary): string {
  const sorted = Object.entries(cores).sort(([, a], [, b]) => b - a)
  const sum = sorted.reduce((total, [, share]) => total + share, 0)
  const rows = [...sorted, ['all', sum] as const].map(([name, share]) => [name, share.toFixed(2)])
  const { p99, max } = generatorLoopMs
  const loop = `the load generator's event loop was late by p99 ${ms(p99)}, most ${ms(max)}`
  return `${table([`CPU, cores of ${machine.cpus}`, 'used'], rows)}\n${loop}`
}

function ninesTables({ nines, wrongAnswers }: Summary): string {
  const head = ['asked', 'in time', '503', 'wrong', 'late', 'none']
  const shares = [
    'answered in time',
    'nines',
    'tried twice',
    'nines',
    'without 503',
    'longest gap, s',
  ]
  const rows = ({ name, asked, counts, ...row }: NinesRow) => [
    name,
    asked,
    ...(['in time', 'try later', 'wrong', 'late', 'none'] as const).map((key) => counts[key]),
    percent(row.answered, asked),
    inNines(row.answered, asked),
    percent(row.answeredWithRetry, asked),
    inNines(row.answeredWithRetry, asked),
    percent(row.servedWithRetry, asked),
    (row.longestGapMs / 1_000).toFixed(1),
  ]
  const by = (name: string, some: readonly NinesRow[]) =>
    table([name, ...head, ...shares], some.map(rows))
  const failed = ({ asked, answered }: NinesRow) => asked - answered
  const worst = nines.byBlow
    .filter((row) => failed(row) > 0)
    .toSorted((one, other) => failed(other) - failed(one))
    .slice(0, worstShown)
  const wrong = Object.entries(wrongAnswers).map(([what, count]) => `  ${count} × ${what}`)
  return [
    by('probes', [...nines.byKind, nines.all]),
    ...(nines.byKilled.length > 1 ? ['', by('while away', nines.byKilled)] : []),
    ...(worst.length > 0 ? ['', by('the kills that cost most', worst)] : []),
    ...(wrong.length > 0 ? ['', 'wrong answers', ...wrong] : []),
  ].join('\n')
}

function killedTable({ killed }: Summary): string {
  if (killed.length === 0) return ''
  const seconds = (value: number) => (value / 1_000).toFixed(1)
  const rows = killed.map(({ component, count, answersAfterMs, driftZeroAfterMs }) => {
    const [answers, drift] = [answersAfterMs, driftZeroAfterMs]
    return [component, count, ...[answers.p50, answers.max, drift.p50, drift.max].map(seconds)]
  })
  const head = ['killed', 'times', 'answers after p50, s', 'most', 'drift 0 after p50, s', 'most']
  return table(head, rows)
}

const number = (value: number) =>
  Math.abs(value) >= 100 ? whole(Math.round(value)) : value.toFixed(1)

/** Of a table of a few pages nothing is to be seen. */
const isSmallTable = ({ name, high, verdict }: FigureRow) =>
  verdict !== 'grows' &&
  ((name.startsWith('table size ') && high < 0.2) || (name.startsWith('dead rows ') && high < 200))

function figuresTable(all: readonly FigureRow[]): string {
  const figures = all.filter((row) => !isSmallTable(row))
  const rows = figures
    .toSorted((one, other) => one.name.localeCompare(other.name))
    .map(({ name, unit, first, last, low, high, growth, boundPerHour, most, verdict }) => [
      unit ? `${name}, ${unit}` : name,
      ...[first, low, high, last].map(number),
      growth ? `${number(growth.perHour)} ± ${number(growth.error)}` : '-',
      most !== undefined
        ? `≤ ${number(most)}`
        : boundPerHour === undefined
          ? '-'
          : number(boundPerHour),
      verdict,
    ])
  const head = ['figure', 'first', 'lowest', 'highest', 'last', 'growth an hour', 'bound', '']
  const more = `${all.length - figures.length} more, of tables of a few pages, are in the JSON`
  return `${table(head, rows)}\n${more}`
}

function keptTable({ kept }: Summary): string {
  if (kept.length === 0) return ''
  const rows = kept.map(({ table: name, rows, deadShare, bytesPerOrder, verdict }) => [
    name,
    rows,
    `${(100 * deadShare).toFixed(1)} %`,
    Math.round(bytesPerOrder.firstThird),
    Math.round(bytesPerOrder.end),
    verdict,
  ])
  const head = ['kept with each order', 'rows', 'dead', 'bytes an order, first third', 'end', '']
  return table(head, rows)
}

function restTable({ atRest }: Summary): string {
  const rows = atRest.map(({ name, before, after, bound, verdict }) => [
    name.replace('fds ', ''),
    before,
    after,
    `≤ ${bound}`,
    verdict,
  ])
  return table(['open files at rest', 'before', 'after', 'bound', ''], rows)
}

function troubles({ faults, inexactAudits }: Summary): string[] {
  return [
    faults.length > 0 ? ['must never happen', ...faults].join('\n  ') : '',
    ...inexactAudits.slice(0, 3).map((books) => `not exact:\n${JSON.stringify(books, null, 2)}`),
  ]
}

function verdict({ passed, failures }: Summary): string {
  if (!passed) return ['FAILED', ...failures].join('\n  - ')
  return 'PASSED: every audit is exact, every receipt has its end, nothing judged grows'
}
