import { ms, whole } from './draw.ts'
import type { Summary } from './summary.ts'

const saleMaxMs = 40_000

type Cell = string | number
type Row = readonly Cell[]

/** The whole summary, as a page to read. */
export function page(summary: Summary): string {
  const sections = [
    headline(summary),
    table(
      ['how they asked', 'buyers', 'seen', 'as'],
      summary.asked.map(({ label, buyers, happened, proof }) => [label, buyers, happened, proof]),
    ),
    table(
      ['what they did with the units', 'orders', 'seen', 'as'],
      summary.ended.map(({ label, buyers, happened, proof }) => [label, buyers, happened, proof]),
    ),
    table(
      ['the crowd', 'count'],
      summary.scenes.map(({ label, count }) => [label, count]),
    ),
    table(['answers to the buy call', 'count'], Object.entries(summary.answers)),
    endsTable(summary),
    latencyTable(summary),
    booksOf(summary),
    table(
      ['receipts, books and bank', 'first', 'second', ''],
      summary.checks.map(({ what, left, right, holds }) => [
        what,
        left,
        right,
        holds ? 'same' : 'DIFFERENT',
      ]),
    ),
    ...troubles(summary),
    verdict(summary),
  ]
  return sections.filter((section) => section !== '').join('\n\n')
}

function headline(summary: Summary): string {
  const { seed, stock, restock, buyers, startUpMs, saleMs, commit } = summary
  const late = saleMs > saleMaxMs ? ' (longer than 40 s)' : ''
  const seconds = (value: number) => `${(value / 1_000).toFixed(1)} s`
  return [
    `flash sale · seed ${seed} · ${whole(stock)} units and ${whole(restock)} at the restock`,
    `${whole(buyers)} buyers · start-up ${seconds(startUpMs)} · sale ${seconds(saleMs)}${late} · ${commit}`,
  ].join('\n')
}

function endsTable({ ends, accepted }: Summary): string {
  const rows = Object.entries(ends).map(([name, { receipts, units }]) => [name, receipts, units])
  const { answers, receipts, units } = accepted
  const repeats = `${whole(answers)} times 202, ${whole(answers - receipts)} of them repeats`
  return `${table(['ends', 'receipts', 'units'], [...rows, ['all', receipts, units]])}\n${repeats}`
}

function latencyTable({ latencies, audits }: Summary): string {
  const row = (name: string, latency: Summary['latencies']['buyMs']): Row[] =>
    latency ? [[name, latency.count, ms(latency.p50), ms(latency.p99), ms(latency.max)]] : []
  return table(
    ['latencies', 'count', 'p50', 'p99', 'max'],
    [
      ...row('buy call', latencies.buyMs),
      ...row('202 to order row', latencies.orderLagMs),
      ...row('payment call', latencies.paymentMs),
      ...row('reading an order', latencies.readOrderMs),
      ...row('audit', audits.tookMs),
    ],
  )
}

function booksOf({ books, audits }: Summary): string {
  const { total, exact, inRush, whileAsking, unanswered } = audits
  const missed = unanswered > 0 ? `, ${unanswered} more were not answered` : ''
  const counts = `${whileAsking} while buyers asked, ${inRush} in the first rush`
  const first = `${total} audits, ${counts}: ${exact} exact${missed}`
  if (!books) return first
  const sum = (whole: string, ...parts: string[]) => `${whole} = ${parts.join(' + ')}`
  const { stock, available, held, sold, withdrawn, money } = books
  const units = [`available ${available}`, `held ${held}`, `sold ${sold}`, `withdrawn ${withdrawn}`]
  const minor = [
    `paid ${whole(money.paidMinor)}`,
    `to be refunded ${whole(money.toBeRefundedMinor)}`,
    `refunded ${whole(money.refundedMinor)}`,
    `settling ${whole(money.settlingMinor)}`,
  ]
  const { oversold, orphans, overLimit, overdue, unsettledPayments } = books
  const faults = `oversold ${oversold}, orphans ${orphans}, over the limit ${overLimit}`
  return [
    first,
    '',
    `the books of ${books.saleId} are ${books.exact ? 'exact' : 'NOT EXACT'}`,
    `  units   ${sum(`stock ${stock}`, ...units)}`,
    `  redis   drift ${books.drift}, in flight ${books.inFlight}`,
    `  orders  ${faults}, overdue ${overdue}`,
    `  money   ${sum(`captured ${whole(money.capturedMinor)}`, ...minor)}; unsettled ${unsettledPayments}`,
  ].join('\n')
}

function troubles({ faults, inexactAudits }: Summary): string[] {
  return [
    faults.length > 0 ? ['must never happen', ...faults].join('\n  ') : '',
    ...inexactAudits.map((books) => `not exact:\n${JSON.stringify(books, null, 2)}`),
  ]
}

function verdict({ passed, failures }: Summary): string {
  if (passed) return 'PASSED: the books are exact and every receipt has its end'
  return ['FAILED', ...failures].join('\n  - ')
}

/** The first column is text; numbers stand to the right. */
export function table(head: readonly string[], rows: readonly Row[]): string {
  const text = (cell: Cell) => (typeof cell === 'number' ? whole(cell) : cell)
  const widths = head.map((title, column) => {
    return Math.max(title.length, ...rows.map((row) => text(row[column] ?? '').length))
  })
  const isNumeric = head.map((_, column) => {
    return column > 0 && rows.every((row) => /^[\d.,]+( ms)?$|^-$/.test(text(row[column] ?? '')))
  })
  const line = (cells: readonly Cell[]) => {
    const padded = cells.map((cell, column) => {
      const width = widths[column] ?? 0
      return isNumeric[column] ? text(cell).padStart(width) : text(cell).padEnd(width)
    })
    return padded.join('  ').trimEnd()
  }
  return [
    line(head),
    '─'.repeat(line(widths.map((width) => 'x'.repeat(width))).length),
    ...rows.map(line),
  ].join('\n')
}
