import { latencyChart } from './chart-latency.ts'
import { answersChart, busiest, tailChart } from './chart-seconds.ts'
import { sharesChart } from './chart-shares.ts'
import { style } from './page-style.ts'
import { booksTable, latencyTable, rulesTable } from './page-tables.ts'
import { escaped, whole } from './page-words.ts'
import type { Story } from './story.ts'

/** The run as one page that stands by itself: no script, no font, no picture from anywhere. */
export function page(story: Story): string {
  const { summary, seconds, books } = story
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(titleOf(story))}</title>
<style>${style}</style>
</head>
<body>
<main>
${headOf(story)}
${tilesOf(story)}
${card('How fast a yes and a no were', 'milliseconds, logarithmic; ✕ where a limit was missed', latencyChart(summary) + toneLegend)}
${card('What buyers were told', `${whole(summary.attempts)} attempts, each of a buyer's own`, sharesChart(summary))}
${seconds ? card('Second by second', 'answers a second, from the opening on', answersChart(seconds)) : ''}
${seconds ? card('The slow ones, second by second', '99th percentile of each second', tailChart(seconds) + toneLegend) : ''}
${card('Latencies', 'from the first byte sent to the last one received; without the time to connect', latencyTable(summary))}
${card('Thresholds', 'for a yes and a no apart', rulesTable(summary))}
${books ? card('The books', 'read when all was at rest; each 202 was asked for', booksTable(books)) : ''}
${footOf(story)}
</main>
</body>
</html>
`
}

const toneLegend = `<ul class="legend"><li><i class="yes"></i>accepted</li><li><i class="no"></i>sold out</li>
<li><i class="dash"></i>limit</li></ul>`

const card = (title: string, note: string, content: string) =>
  `<section><h2>${title}</h2><p>${note}</p>${content}</section>`

function titleOf({ script, sizes }: Story): string {
  const { peakPerSecond, stock, seconds } = sizes
  const units = `${whole(stock)} units`
  switch (script) {
    case 'spike':
      return `${units}, ${whole(peakPerSecond)} buyers a second from the first second on`
    case 'breakpoint':
      return `${units}, up to ${whole(peakPerSecond)} buyers a second`
    case 'payments':
      return `${whole(peakPerSecond)} whole purchases a second, from the click to the bank`
    default:
      return `${units}, ${whole(peakPerSecond)} buyers a second for ${whole(seconds)} s`
  }
}

function headOf(story: Story): string {
  const { books, summary, script, date, breaksAt, generator } = story
  const missed = summary.rules.filter(({ isMet }) => !isMet).length
  const verdicts = [
    ...(books ? [verdict(books.exact, 'books exact', 'books not exact')] : []),
    ...(books
      ? [
          verdict(
            books.withoutEnd === 0,
            'every 202 kept',
            `${books.withoutEnd} of the 202s have no end`,
          ),
        ]
      : []),
    verdict(
      missed === 0,
      'all thresholds met',
      `${missed} of ${summary.rules.length} thresholds missed`,
    ),
  ]
  const where = breaksAt ? `<p>${escaped(breaksAt)}</p>` : ''
  return `<header><p>Flashsale · ${script} · ${escaped(date.slice(0, 16).replace('T', ' '))} UTC · load made by ${escaped(generator)}</p>
<h1>${escaped(titleOf(story))}</h1>${verdicts.join('')}${where}</header>`
}

const verdict = (isGood: boolean, good: string, bad: string) =>
  `<span class="verdict ${isGood ? 'good' : 'bad'}">${isGood ? `✓ ${good}` : `✕ ${bad}`}</span>`

function tilesOf({ summary, books, soldOutAfterMs, sizes, seconds }: Story): string {
  const { attempts, dropped, answers } = summary
  const tiles: [string, string][] = [
    [whole(attempts), 'attempts'],
    ...(seconds
      ? [[whole(busiest(seconds)), 'in the busiest second'] satisfies [string, string]]
      : []),
    [whole(answers.accepted ?? 0), `accepted, of ${whole(sizes.stock)} units`],
    ...(soldOutAfterMs === undefined
      ? []
      : [
          [`${(soldOutAfterMs / 1_000).toFixed(1)} s`, 'until all were taken'] satisfies [
            string,
            string,
          ],
        ]),
    ...(books ? [[whole(books.oversold), 'units sold twice'] satisfies [string, string]] : []),
    ...(dropped === undefined
      ? []
      : [[whole(dropped), 'iterations dropped'] satisfies [string, string]]),
  ]
  const cells = tiles.map(
    ([value, name]) => `<div class="tile"><b>${value}</b><span>${name}</span></div>`,
  )
  return `<div class="tiles">${cells.join('')}</div>`
}

function footOf({ machine, commit, command, saleId, sizes, summary }: Story): string {
  const facts = [
    ...(machine ? [machine] : []),
    ...(commit ? [`commit ${commit}`] : []),
    `sale ${saleId}`,
    `${sizes.paymentWindowSeconds} s to pay`,
    ...(summary.vusMax === undefined ? [] : [`at most ${whole(summary.vusMax)} virtual users`]),
  ]
  const how = command ? `<br><code>${escaped(command)}</code>` : ''
  return `<footer>${facts.map(escaped).join(' · ')}${how}</footer>`
}
