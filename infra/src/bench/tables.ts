import { table } from '../demo/tables.ts'
import { aimed, ratio, whole } from './cells.ts'
import { sumOf } from './cpu.ts'
import type { HotFigure } from './hot-figures.ts'
import {
  growthTable,
  latencyTable,
  ledgerTable,
  peakTable,
  roadTable,
  tracesTable,
} from './more-tables.ts'
import type { Summary } from './summary.ts'

/** The whole summary, as a page to read. */
export function page(summary: Summary): string {
  const sections = [
    headline(summary),
    hotTable(summary),
    latencyTable(summary),
    ledgerTable(summary),
    roadTable(summary),
    peakTable(summary),
    growthTable(summary),
    tracesTable(summary),
  ]
  return sections.filter((section) => section !== '').join('\n\n')
}

function headline({ commit, command, date, machine, tookMs, quick }: Summary): string {
  const { cpus, cpuModel, memoryGiB, node } = machine
  return [
    `${command} · ${commit} · ${date.slice(0, 16)}Z · ${(tookMs / 60_000).toFixed(1)} min`,
    `${cpus} cores (${cpuModel}), ${memoryGiB} GiB, Node ${node}; servers and generator share them`,
    ...(quick ? ['--quick: few and short rounds, for a first look only'] : []),
  ].join('\n')
}

function hotTable({ hot }: Summary): string {
  if (!hot) return ''
  const head = ['the hot path', 'per s', '× F0', 'aim', 'CPU µs', '× F0', 'aim', 'p50 ms', 'p99']
  const rows = hot.figures.map((figure) => {
    const { name, perSecond, rate, cpuUs, cpu, aims, p50Ms, p99Ms } = figure
    return [
      name,
      whole(perSecond.median),
      ratio(rate),
      aimed(rate.median, '≥', aims.rate),
      cpuUs.median.toFixed(1),
      ratio(cpu),
      aimed(cpu.median, '≤', aims.cpu),
      p50Ms.toFixed(1),
      p99Ms.toFixed(1),
      remark(figure),
    ]
  })
  const idle = `at rest the system takes ${(100 * sumOf(hot.idleCpu)).toFixed(1)} % of a core`
  return [table([...head, ''], rows), ...hot.figures.flatMap(underneath), idle].join('\n')
}

const redisAims = { us: 9, bytes: 250 }
const busyMin = 0.95

function remark({ generatorBusy, others }: HotFigure): string {
  const rest = Object.entries(others).map(([name, count]) => `${whole(count)} × ${name}`)
  const busy = generatorBusy >= busyMin ? ['the generator is the limit'] : []
  return [...busy, ...rest].join(', ')
}

/** What only some variants have. */
function underneath(figure: HotFigure): string[] {
  const { name, rateOfW, aims, redisUs, redisCpuUs, redisBytes } = figure
  const facts = [
    rateOfW && aims.rateOfW !== undefined
      ? `${ratio(rateOfW)} × W ${aimed(rateOfW.median, '≥', aims.rateOfW)}`
      : '',
    redisUs === undefined
      ? ''
      : `${redisUs.toFixed(1)} µs of Redis' scripts an attempt ${aimed(redisUs, '≤', redisAims.us)}`,
    redisCpuUs === undefined ? '' : `${redisCpuUs.toFixed(1)} µs of its CPU`,
    redisBytes === undefined
      ? ''
      : `${whole(redisBytes)} bytes of Redis a hold ${aimed(redisBytes, '≤', redisAims.bytes)}`,
  ].filter((fact) => fact !== '')
  return facts.length > 0 ? [`${name}: ${facts.join(', ')}`] : []
}
