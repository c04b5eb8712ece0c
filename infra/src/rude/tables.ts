import { ms, whole } from '../demo/draw.ts'
import { table } from '../demo/tables.ts'
import type { Machine } from '../machine.ts'
import type { RudeRun } from './run-rude.ts'
import type { Sample } from './samples.ts'

export type RudeSummary = RudeRun & {
  commit: string
  command: string
  date: string
  machine: Machine
  minutes: number
  connectionsMax: number
  passed: boolean
}
const endingsShown = 3

export function page(summary: RudeSummary): string {
  return [
    headline(summary),
    kindsTable(summary),
    table(['ended by the limit', 'connections'], Object.entries(summary.endedByLimit)),
    overTime(summary.samples),
    growthTable(summary),
    leftTable(summary),
    table(['answers to the buyers’ buy call', 'count'], Object.entries(summary.answers)),
    booksOf(summary),
    summary.passed ? 'PASSED: nothing leaks, the books are exact' : failed(summary),
  ].join('\n\n')
}

function headline({ minutes, connectionsMax, machine, commit, requests }: RudeSummary): string {
  return [
    `rude clients · ${minutes} min · at most ${whole(connectionsMax)} connections · ${commit}`,
    `${machine.cpus} cores (${machine.cpuModel}), ${machine.memoryGiB} GiB, Node ${machine.node}`,
    `buyers: ${whole(requests.asked)} requests, ${whole(requests.failed)} of them failed, ${whole(requests.tryLater)} told to try later`,
  ].join('\n')
}

function kindsTable({ kinds }: RudeSummary): string {
  const rows = kinds.map(({ name, limit, connections, endings, endedAfterMs }) => {
    const shown = Object.entries(endings).slice(0, endingsShown)
    const how = shown.map(([ending, count]) => `${ending} ${whole(count)}`).join(' · ')
    return [name, connections, ms(endedAfterMs?.p50), ms(endedAfterMs?.max), limit, how]
  })
  return table(['kind of client', 'connections', 'open p50', 'most', 'limit', 'ended'], rows)
}

/** About one row a minute: the last sample of each. */
function overTime(samples: readonly Sample[]): string {
  const minutes = Map.groupBy(samples, ({ atS, phase }) => `${phase} ${Math.floor(atS / 60)}`)
  const rows = [...minutes.values()].map((group) => {
    const one = group.at(-1) as Sample
    return [
      `${one.atS} s`,
      one.phase,
      one.connections,
      one.fds,
      one.rssMiB.toFixed(0),
      one.heapMiB.toFixed(0),
      ms(one.buyP50Ms),
      ms(one.buyP99Ms),
    ]
  })
  const head = ['at', 'phase', 'connections', 'files', 'resident MiB', 'heap MiB', 'buy p50', 'p99']
  return table(head, rows)
}

function growthTable({ growth }: RudeSummary): string {
  const rows = growth.map(({ what, perMinute, bound }) => {
    const holds = perMinute <= bound ? 'ok' : 'MISSED'
    return [what, perMinute.toFixed(2), `≤ ${bound} ${holds}`]
  })
  return table(['growth in the last two thirds', 'a minute', 'bound'], rows)
}

function leftTable({ left }: RudeSummary): string {
  const rows = left.map(({ what, before, after, bound }) => {
    const holds = after - before <= bound ? 'ok' : 'MISSED'
    return [what, before.toFixed(0), after.toFixed(0), `≤ ${bound} more ${holds}`]
  })
  return table(['when they are gone', 'before', 'after', 'bound'], rows)
}

function booksOf({ sales, receipts, receiptsWithoutEnd, audits, checks }: RudeSummary): string {
  const wrong = checks.filter(({ holds }) => !holds)
  return [
    `${whole(sales)} sales, ${whole(receipts)} receipts, ${receiptsWithoutEnd} without an end`,
    `${whole(audits.exact)} audits exact, ${audits.inexact} not, ${audits.unavailable} could not be read`,
    `${checks.length} comparisons of receipts, books and bank, ${wrong.length} of them different`,
  ].join('\n')
}

const failed = ({ failures }: RudeSummary) => ['FAILED', ...failures].join('\n  - ')
