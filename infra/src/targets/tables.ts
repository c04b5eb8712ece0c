import { aimed, range, ratio, whole } from '../bench/cells.ts'
import { lateMs } from '../bench/load/load.ts'
import { table } from '../demo/tables.ts'
import { limits, withoutResultMax } from './latency-row.ts'
import type { RatesFigure } from './rates.ts'
import type { RushFigure } from './rush-figure.ts'
import { efficiencyAim, type ScaleFigure } from './scale.ts'
import type { TargetsSummary } from './summary.ts'

/** The whole summary, as a page to read. */
export function page(summary: TargetsSummary): string {
  const { rates, scale } = summary
  const sections = [
    headline(summary),
    ...(rates ?? []).flatMap((figure) => [rushTable(figure.target), searchTable(figure)]),
    ...(scale ? [scaleTable(scale)] : []),
    'every 202 is in the ledger and has its order, and every audit is exact',
  ]
  return sections.join('\n\n')
}

function headline({ commit, command, date, machine, tookMs }: TargetsSummary): string {
  const { cpus, cpuModel, memoryGiB, node } = machine
  return [
    `${command} · ${commit} · ${date.slice(0, 16)}Z · ${(tookMs / 60_000).toFixed(1)} min`,
    `${cpus} cores (${cpuModel}), ${memoryGiB} GiB, Node ${node}; servers and generator share them`,
  ].join('\n')
}

function rushTable(figure: RushFigure): string {
  const { perSecond, spanMs, stock, rows, answers, lost } = figure
  const { averageMs, tp99Ms, tp999Ms } = limits
  const offered = `${whole(perSecond)}/s for ${spanMs / 1_000} s, ${whole(stock)} units`
  const head = [offered, 'count', 'share %', 'AVG ms', 'TP99 ms', 'TP999 ms', 'target']
  const cells = rows.map((row) => [
    row.name,
    row.count,
    (100 * row.share).toFixed(2),
    row.averageMs.toFixed(1),
    row.tp99Ms.toFixed(1),
    row.tp999Ms.toFixed(1),
    row.missed.length === 0 ? 'met' : `MISSED (${row.missed.join(', ')})`,
  ])
  const told = Object.entries(answers).map(([name, count]) => `${name} ${whole(count)}`)
  return [
    table(head, cells),
    `targets: AVG ≤ ${averageMs} ms, TP99 ≤ ${tp99Ms} ms, TP999 ≤ ${whole(tp999Ms)} ms, from a request's arrival`,
    `answers: ${told.join(', ')}; no answer ${whole(lost)}`,
    noResultLine(figure),
    lateLine(figure),
  ].join('\n')
}

function noResultLine({ withoutResult }: RushFigure): string {
  const isMet = withoutResult <= withoutResultMax
  const share = `${(100 * withoutResult).toFixed(2)} % of the offered`
  return `without a result: ${share}, ≤ ${100 * withoutResultMax} % ${isMet ? 'met' : 'MISSED'}`
}

function lateLine({ late, offered, generatorCores, generatorShare, cpuCores }: RushFigure): string {
  const percent = (count: number) => `${whole(count)} (${((100 * count) / offered).toFixed(2)} %)`
  const cores = Object.entries(cpuCores).map(([name, share]) => `${name} ${share.toFixed(2)}`)
  return [
    `sent more than ${lateMs} ms late: ${percent(late.generator)} for the generator had no core, ` +
      `${percent(late.connection)} for no connection was free`,
    `the generator took ${generatorCores.toFixed(2)} of a core, ${(100 * generatorShare).toFixed(0)} % of all CPU; ` +
      `the system: ${cores.join(', ')}`,
  ].join('\n')
}

function searchTable({ target, tried, highestPerSecond }: RatesFigure): string {
  const rows = [target, ...tried].map((figure) => {
    const all = figure.rows.find(({ name }) => name === 'all')
    const accepted = figure.rows.find(({ name }) => name === 'accepted')
    const missed = figure.rows.filter((row) => row.missed.length > 0).map(({ name }) => name)
    return [
      `${whole(figure.perSecond)}/s for ${figure.spanMs / 1_000} s`,
      figure.stock,
      accepted?.tp99Ms.toFixed(1) ?? '-',
      all?.averageMs.toFixed(1) ?? '-',
      all?.tp99Ms.toFixed(1) ?? '-',
      all?.tp999Ms.toFixed(1) ?? '-',
      (100 * figure.withoutResult).toFixed(2),
      figure.holds ? 'met' : `MISSED: ${missed.join(', ') || 'no result'}`,
    ]
  })
  const head = [
    'offered',
    'units',
    'accepted TP99',
    'AVG ms',
    'TP99',
    'TP999',
    'no result %',
    'all targets',
  ]
  const found =
    highestPerSecond === undefined
      ? 'no rate that was tried meets all targets'
      : `the highest rate tried at which all targets hold: ${whole(highestPerSecond)}/s`
  return `${table(head, rows)}\n${found}`
}

function scaleTable({ cores, one, two, efficiency, samples }: ScaleFigure): string {
  const heldBack = (gateways: number) => {
    const shares = samples.filter((sample) => sample.gateways === gateways)
    const sum = shares.reduce((total, sample) => total + sample.heldBack, 0)
    return ((100 * sum) / shares.length).toFixed(0)
  }
  const rows = [
    ['1', range(one), heldBack(1), '', ''],
    ['2', range(two), heldBack(2), '', ''],
    ['T2 / (2 × T1)', '', '', ratio(efficiency), aimed(efficiency.median, '≥', efficiencyAim)],
  ]
  const head = [`gateways on ${cores} core each`, 'accepted/s', 'held back %', 'efficiency', 'aim']
  return `${table(head, rows)}\nmedian (low–high) of ${samples.length / 2} rounds, in turn; held back: periods in which a gateway had used up its share`
}
