import { ms, whole } from '../demo/draw.ts'
import { table } from '../demo/tables.ts'
import type { Claim } from './report.ts'
import type { Summary } from './summary.ts'

/** The whole summary, as a page to read. */
export function page(summary: Summary): string {
  const sections = [
    headline(summary),
    blowsTable(summary),
    lossesTable(summary),
    claimsTable(summary.claims),
    table(['ends', 'receipts'], Object.entries(summary.receipts.ends)),
    table(['answers to the buy call', 'count'], Object.entries(summary.answers)),
    audits(summary),
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

const seconds = (value: number) => (value / 1_000).toFixed(1)

function headline(summary: Summary): string {
  const { seed, minutes, startUpMs, drillMs, commit, kills, sales, receipts, machine } = summary
  const { arrivals, turnedAway, attempts, attemptsPerSecond, answersLost } = summary
  const away = turnedAway > 0 ? `, ${whole(turnedAway)} more not sent by this machine` : ''
  return [
    `drill · seed ${seed} · ${minutes} min · ${whole(kills)} kills · ${whole(sales)} sales`,
    `${whole(arrivals - turnedAway)} buyers (${attemptsPerSecond}/s), ${whole(attempts)} requests${away}`,
    `${whole(receipts.count)} receipts, ${whole(answersLost)} answers lost or unconfirmed`,
    `start-up ${seconds(startUpMs)} s, the drill itself ${seconds(drillMs)} s`,
    `${machine.cpus} cores (${machine.cpuModel}), ${machine.memoryGiB} GiB, Node ${machine.node} · ${commit}`,
  ].join('\n')
}

function blowsTable({ strikes, driftZeroAfterMs: all }: Summary): string {
  const rows = strikes.map(({ component, way, count, answersLost, ...after }) => {
    const { answersAfterMs: answers, driftZeroAfterMs: drift } = after
    const timed = [answers.p50, answers.max, drift.p50, drift.p99, drift.max].map(seconds)
    return [component, way, count, answersLost, ...timed]
  })
  const sum = `drift 0 after p50 ${ms(all.p50)}, p99 ${ms(all.p99)}, most ${ms(all.max)}`
  const times = ['answers p50', 'most', 'drift 0 p50', 'p99', 'most, s']
  const head = ['component', 'way', 'times', 'answers lost', ...times]
  return `${table(head, rows)}\n${whole(all.count)} blows, ${sum} of the component answering again`
}

function lossesTable({ losses }: Summary): string {
  if (losses.length === 0) return ''
  const rows = losses.map(({ scene, rounds, writesLost, least }) => [
    scene,
    rounds,
    writesLost,
    least,
  ])
  return table(['acknowledged writes that Redis lost', 'rounds', 'lost', 'least'], rows)
}

function claimsTable(claims: readonly Claim[]): string {
  const groups = Map.groupBy(claims, ({ scene, what }) => `${scene}\n${what}`)
  const rows = [...groups.values()].map((group) => {
    const { scene, what, seen } = group.at(-1) as Claim
    const held = group.filter(({ holds }) => holds).length
    const last = typeof seen === 'object' ? JSON.stringify(seen) : String(seen)
    return [scene, what, `${held} of ${group.length}`, last]
  })
  return rows.length === 0 ? '' : table(['scene', 'shows', 'seen', 'last'], rows)
}

function audits({ audits: { exact, unavailable, forgot, inexact } }: Summary): string {
  const away = `${whole(unavailable)} could not be read then`
  const forgotten = `${whole(forgot)} said that Redis forgot, while it had`
  return `${whole(exact)} audits exact, ${away}, ${forgotten}, ${whole(inexact)} not exact`
}

function troubles({ faults, inexactAudits }: Summary): string[] {
  return [
    faults.length > 0 ? ['must never happen', ...faults].join('\n  ') : '',
    ...inexactAudits.slice(0, 3).map((books) => `not exact:\n${JSON.stringify(books, null, 2)}`),
  ]
}

function verdict({ passed, failures }: Summary): string {
  if (passed) return 'PASSED: every audit is exact and every receipt has its end'
  return ['FAILED', ...failures].join('\n  - ')
}
