import { escaped, milliseconds, whole } from './page-words.ts'
import type { Books } from './story.ts'
import type { Latency, Summary } from './summary.ts'

type Cell = { text: string; tone?: 'met' | 'missed' }

function table(head: string[], rows: (string | Cell)[][]): string {
  const kind = (index: number) => (index === 0 ? '' : ' class="number"')
  const titles = head.map((title, index) => `<th${kind(index)}>${escaped(title)}</th>`).join('')
  const lines = rows.map((cells) => {
    const drawn = cells.map((cell, index) => {
      const { text, tone }: Cell = typeof cell === 'string' ? { text: cell } : cell
      return `<td${kind(index)}>${tone ? `<span class="${tone}">${escaped(text)}</span>` : escaped(text)}</td>`
    })
    return `<tr>${drawn.join('')}</tr>`
  })
  return `<table><thead><tr>${titles}</tr></thead><tbody>${lines.join('')}</tbody></table>`
}

export function latencyTable({ accepted, soldOut, untilPaid }: Summary): string {
  const rows = [
    ...latencyRow('accepted', accepted),
    ...latencyRow('sold out', soldOut),
    ...latencyRow('from checkout to paid', untilPaid),
  ]
  return table(['', 'count', 'average', 'median', 'p95', 'p99', 'p99.9', 'longest'], rows)
}

function latencyRow(name: string, latency: Latency | undefined): string[][] {
  if (!latency) return []
  const { count, avgMs, medMs, p95Ms, p99Ms, p999Ms, maxMs } = latency
  return [[name, whole(count), ...[avgMs, medMs, p95Ms, p99Ms, p999Ms, maxMs].map(milliseconds)]]
}

export function rulesTable({ rules, checks }: Summary): string {
  const rows = rules.map(({ metric, rule, value, isMet }): (string | Cell)[] => {
    const isRate = rule.startsWith('rate')
    const was = isRate ? `${(100 * value).toFixed(2)} %` : milliseconds(value)
    return [metric.replace('_', ' '), rule, was, isMet ? good('met') : bad('missed')]
  })
  const count = `${whole(checks.passed)} of ${whole(checks.passed + checks.failed)} checks passed`
  return `${table(['', 'limit', 'was', ''], rows)}<ul class="legend"><li>${count}</li></ul>`
}

export function booksTable(books: Books): string {
  const { stock, sold, withdrawn, held, available, oversold, overLimit, exact } = books
  const adds = sold + withdrawn + held + available
  return table(
    ['', '', ''],
    [
      ['units', `${whole(stock)} in stock`, holds(adds === stock, `${whole(adds)} found`)],
      ['of these', `${whole(sold)} sold, ${whole(withdrawn)} withdrawn unsold`, ''],
      [
        'sold twice, or over the limit',
        '',
        holds(oversold + overLimit === 0, whole(oversold + overLimit)),
      ],
      ['the audit', '', holds(exact, exact ? 'exact' : 'not exact')],
      ...Object.entries(books.ends).map(([end, count]) => [
        `202s that ended ${end}`,
        '',
        whole(count),
      ]),
      [
        '202s without an end',
        `of ${whole(books.receipts)}`,
        holds(books.withoutEnd === 0, whole(books.withoutEnd)),
      ],
    ],
  )
}

const good = (text: string): Cell => ({ text, tone: 'met' })
const bad = (text: string): Cell => ({ text, tone: 'missed' })
const holds = (isSo: boolean, text: string): Cell => (isSo ? good(text) : bad(text))
