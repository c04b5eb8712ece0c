import { median } from '../bench/statistics.ts'
import { whole } from '../demo/draw.ts'
import { table } from '../demo/tables.ts'
import type { Machine } from '../machine.ts'
import type { Aim } from './figures.ts'
import type { Measured } from './measure.ts'
import type { Round } from './round.ts'

export type Summary = {
  commit: string
  command: string
  date: string
  machine: Machine
  tookMs: number
  cores: number
  connections: number
  aims: Aim[]
} & Measured

/** As a page to read. */
export function page(summary: Summary): string {
  const { commit, command, date, machine, tookMs, cores, connections } = summary
  const { rounds } = summary
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`
  const busy = Math.max(...rounds.map(({ generatorBusy }) => generatorBusy))
  const disturbed = median(rounds.map(({ calmDisturbed }) => calmDisturbed))
  const head = [
    `${command} · ${commit} · ${date.slice(0, 16)}Z · ${(tookMs / 60_000).toFixed(1)} min`,
    `${machine.cpus} cores (${machine.cpuModel}), Node ${machine.node}; the gateway has ${cores} of one, was held back in ${percent(summary.throttled)} of its periods`,
    `${whole(connections)} connections, open model, times from arrival; the generator took ${percent(busy)} of a core`,
    `${rounds.length} rounds; at 50 % ${percent(disturbed)} of the windows of 250 ms have a p50 of more than twice the whole's`,
  ]
  const tables = rounds.map((round, i) => `round ${i + 1}\n${phasesTable(round)}`)
  return [head.join('\n'), ...tables, aimsTable(summary)].join('\n\n')
}

const rate = (perSecond: number) => whole(Math.round(perSecond))

function phasesTable({ phases }: Round): string {
  const columns = ['a second', 'offered', 'accepted', '503', '429', 'else', 'kept away']
  const rows = phases.map(({ name, perSecond, said, p50Ms, p99Ms, memoryMib }) => [
    name,
    rate(perSecond),
    rate(said.accepted),
    rate(said['503']),
    rate(said['429']),
    rate(said.unconfirmed + said.other + said.lost),
    rate(said['kept away']),
    p50Ms.toFixed(1),
    p99Ms.toFixed(1),
    memoryMib.toFixed(0),
  ])
  return table([...columns, 'p50 ms', 'p99 ms', 'MiB'], rows)
}

function aimsTable({ aims, rounds }: Summary): string {
  const rows = aims.map(({ what, seen, value, unit, limit, isMet }) => [
    what,
    ...seen.map((one) => one.toFixed(2)),
    `${value.toFixed(2)} ${unit}`,
    limit,
    isMet ? 'met' : 'MISSED',
  ])
  return table(['aim', ...rounds.map((_, i) => `${i + 1}`), 'median, or most', 'limit', ''], rows)
}
