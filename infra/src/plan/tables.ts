import { whole } from '../bench/cells.ts'
import { table } from '../demo/tables.ts'
import { works } from './costs.ts'
import { needsTable } from './needs-table.ts'
import { errorMax, type HeldOut, type PlanSummary } from './summary.ts'

/** The whole summary, as a page to read. */
export function page(summary: PlanSummary): string {
  const { heldOut, accepted, paid } = summary
  return [
    headline(summary),
    costsTable(summary),
    ...heldOut.map(heldOutTable),
    needsTable(summary),
    `all ${whole(accepted)} of the 202s are in the ledger and have their orders, ${whole(paid)} of them were paid, and every audit is exact`,
  ].join('\n\n')
}

function headline({ commit, command, date, machine, tookMs }: PlanSummary): string {
  const { cpus, cpuModel, memoryGiB, node } = machine
  return [
    `${command} · ${commit} · ${date.slice(0, 16)}Z · ${(tookMs / 60_000).toFixed(1)} min`,
    `${cpus} cores (${cpuModel}), ${memoryGiB} GiB, Node ${node}`,
  ].join('\n')
}

function costsTable({ costs, steps }: PlanSummary): string {
  const us = (value: number | undefined) => (value === undefined ? '' : value.toFixed(1))
  const rows = Object.entries(costs).map(([process, { idle, busy, each }]) => [
    process,
    ...works.map((work) => us(each[work])),
    (idle / 1_000).toFixed(1),
    (busy / 1_000).toFixed(1),
  ])
  const sum = (of: (process: string) => number) =>
    Object.keys(costs).reduce((all, process) => all + of(process), 0)
  const total = [
    'all',
    ...works.map((work) => us(sum((process) => costs[process]?.each[work] ?? 0))),
    (sum((process) => costs[process]?.idle ?? 0) / 1_000).toFixed(1),
    (sum((process) => costs[process]?.busy ?? 0) / 1_000).toFixed(1),
  ]
  const each = ['µs: accepted', 'refused', 'order', 'payment']
  const always = ['ms/s: idle', 'busy']
  const fitted = steps.filter(({ heldOut }) => !heldOut).length
  return [
    table(['CPU of', ...each, ...always], [...rows, total]),
    `least squares, none below zero, of ${fitted} steps; ms/s: in every second, and in each in which there is any work for it`,
  ].join('\n')
}

function heldOutTable({ step, compared, totalError }: HeldOut): string {
  const off = (predicted: number, measured: number) =>
    measured > 0 ? `${((100 * (predicted - measured)) / measured).toFixed(0)} %` : ''
  const rows = compared.map(({ process, predictedMs, measuredMs }) => [
    process,
    Math.round(predictedMs),
    Math.round(measuredMs),
    off(predictedMs, measuredMs),
  ])
  const sum = (of: 'predictedMs' | 'measuredMs') => compared.reduce((all, one) => all + one[of], 0)
  const [predicted, measured] = [sum('predictedMs'), sum('measuredMs')]
  const verdict = totalError <= errorMax ? 'ok' : 'MISSED'
  return [
    table(
      [step, 'foretold ms', 'measured ms', 'off'],
      [...rows, ['all', Math.round(predicted), Math.round(measured), off(predicted, measured)]],
    ),
    `off by ${(100 * totalError).toFixed(1)} % of the whole, ≤ ${100 * errorMax} % ${verdict}`,
  ].join('\n')
}
