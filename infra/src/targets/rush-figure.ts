import { type CpuTimes, sumOf } from '../bench/cpu.ts'
import type { LoadReport } from '../bench/load/load.ts'
import { joined, type LatencyRow, latencyRow, withoutResultMax } from './latency-row.ts'

/** One rush at one rate. */
export type RushFigure = {
  perSecond: number
  spanMs: number
  stock: number
  offered: number
  /** One of each outcome, those without a result among them, and one of all. */
  rows: LatencyRow[]
  /** Answers by their own name. */
  answers: Record<string, number>
  lost: number
  /** Shares of all that were offered. */
  withoutResult: number
  late: LoadReport['late']
  /** From the first request to the last answer; shares of one core. */
  generatorCores: number
  /** Of all CPU that was taken while requests came. */
  generatorShare: number
  cpuCores: CpuTimes
  holds: boolean
}

type Rush = Pick<RushFigure, 'perSecond' | 'spanMs' | 'stock' | 'offered'>
type Cpu = { tookMs: number; cpu: CpuTimes }

const refusals = ['limit reached', 'rate limited', 'malformed', 'unauthenticated']
const noResults = ['try later', 'unconfirmed', 'other']

export function rushFigure(rush: Rush, report: LoadReport, { tookMs, cpu }: Cpu): RushFigure {
  const { offered } = rush
  const { byKind, late, busy } = report
  const of = (...kinds: string[]) => joined(kinds.map((kind) => byKind[kind] ?? new Float64Array()))
  const groups = {
    accepted: of('accepted'),
    'sold out': of('sold out'),
    'refused for another reason': of(...refusals),
    'without a result': of(...noResults),
    all: of(...Object.keys(byKind)),
  }
  const rows = Object.entries(groups)
    .filter(([, { length }]) => length > 0)
    .map(([name, latencies]) => latencyRow(name, latencies, offered))
  const lost = offered - groups.all.length
  const withoutResult = (groups['without a result'].length + lost) / offered
  const cpuCores = Object.fromEntries(Object.entries(cpu).map(([name, ms]) => [name, ms / tookMs]))
  return {
    ...rush,
    rows,
    answers: Object.fromEntries(Object.entries(byKind).map(([kind, { length }]) => [kind, length])),
    lost,
    withoutResult,
    late,
    generatorCores: busy,
    generatorShare: busy / (busy + sumOf(cpuCores)),
    cpuCores,
    holds: rows.every(({ missed }) => missed.length === 0) && withoutResult <= withoutResultMax,
  }
}
