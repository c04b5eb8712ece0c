import { table } from '../demo/tables.ts'
import type { HotFigure } from './hot-figures.ts'
import type { Spread } from './statistics.ts'
import type { Summary } from './summary.ts'

/** The whole summary, as a page to read. */
export function page(summary: Summary): string {
  const sections = [headline(summary), hotTable(summary)]
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

const whole = (value: number) => Math.round(value).toLocaleString('en-US')
const times = (value: number) => value.toFixed(2)
const ratio = ({ median, low, high }: Spread) => `${times(median)} (${times(low)}–${times(high)})`

function hotTable({ hot }: Summary): string {
  if (!hot) return ''
  const head = ['the hot path', 'per s', '× F0', 'aim', 'CPU µs', '× F0', 'aim', 'p50 ms', 'p99']
  const rows = hot.figures.map((figure) => {
    const { name, perSecond, rate, cpuUs, cpu, aims, p50Ms, p99Ms } = figure
    return [
      name,
      whole(perSecond.median),
      ratio(rate),
      aimed(aims.rate, rate.median >= (aims.rate ?? 0), '≥'),
      cpuUs.median.toFixed(1),
      ratio(cpu),
      aimed(aims.cpu, cpu.median <= (aims.cpu ?? 0), '≤'),
      p50Ms.toFixed(1),
      p99Ms.toFixed(1),
      remark(figure),
    ]
  })
  return [table([...head, ''], rows), ...hot.figures.flatMap(underneath)].join('\n')
}

function aimed(aim: number | undefined, isReached: boolean, sign: string): string {
  if (aim === undefined) return ''
  return `${sign} ${times(aim)} ${isReached ? 'ok' : 'MISSED'}`
}

const busyMin = 0.95

function remark({ generatorBusy, others }: HotFigure): string {
  const rest = Object.entries(others).map(([name, count]) => `${whole(count)} × ${name}`)
  const busy = generatorBusy >= busyMin ? ['the generator is the limit'] : []
  return [...busy, ...rest].join(', ')
}

/** What only some variants have. */
function underneath({ name, rateOfW, aims, redisUs, redisBytes }: HotFigure): string[] {
  const facts = [
    rateOfW && aims.rateOfW !== undefined
      ? `${ratio(rateOfW)} × W ${aimed(aims.rateOfW, rateOfW.median >= aims.rateOfW, '≥')}`
      : '',
    redisUs === undefined ? '' : `${redisUs.toFixed(1)} µs of Redis an attempt`,
    redisBytes === undefined ? '' : `${whole(redisBytes)} bytes of Redis a hold`,
  ].filter((fact) => fact !== '')
  return facts.length > 0 ? [`${name}: ${facts.join(', ')}`] : []
}
