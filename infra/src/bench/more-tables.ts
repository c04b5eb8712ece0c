import { table } from '../demo/tables.ts'
import { aimed, range, ratio, whole } from './cells.ts'
import { growthAim } from './growth.ts'
import { ledgerAims } from './ledger-rate.ts'
import { roadAims } from './road.ts'
import type { Measured } from './summary.ts'
import { isCheap, tracesAim } from './traces.ts'

const peakRowsMax = 12

export function latencyTable({ latency }: Measured): string {
  if (!latency) return ''
  const rows = latency.map(({ name, share, perSecond, p50Ms, p99Ms, p50, aim, others }) => {
    const rest = Object.entries(others).map(([other, count]) => `${whole(count)} × ${other}`)
    const shown = [p50Ms.toFixed(2), p99Ms.toFixed(1), ratio(p50)]
    const at = `${Math.round(100 * share)} %`
    return [name, at, whole(perSecond), ...shown, aimed(p50.median, '≤', aim), rest.join(', ')]
  })
  const head = [
    'requests at a steady pace',
    'of its limit',
    'per s',
    'p50 ms',
    'p99 ms',
    'p50 × F0',
  ]
  return table([...head, 'aim', ''], rows)
}

export function ledgerTable({ ledger }: Measured): string {
  if (!ledger) return ''
  const { holdsPerSecond, copyPerSecond, singleCommitsPerSecond, ofCopy, ofSingleCommits } = ledger
  const rows = [
    ['the ledger writer', range(holdsPerSecond), '', ''],
    ['COPY of its three tables', range(copyPerSecond), '', ''],
    ['single commits, 16 connections', range(singleCommitsPerSecond), '', ''],
    ['writer × COPY', '', ratio(ofCopy), aimed(ofCopy.median, '≥', ledgerAims.ofCopy)],
    [
      'writer × single commits',
      '',
      ratio(ofSingleCommits),
      aimed(ofSingleCommits.median, '≥', ledgerAims.ofSingleCommits),
    ],
  ]
  const head = ['the ledger, Kafka away', 'holds/s', 'ratio', 'aim']
  return `${table(head, rows)}\n${whole(ledger.cpuUs.median)} µs of CPU a hold, all processes`
}

export function roadTable({ road }: Measured): string {
  if (!road) return ''
  const {
    ordersPerSecond,
    rushPerSecond,
    singleCommitsPerSecond,
    ofSingleCommits,
    drainMs,
    cpuUs,
  } = road
  const { orders, accepted, steady } = road
  const { perSecond, count, p50Ms, p99Ms } = steady
  const rows = [
    ['accepted of a rush', range(accepted), ''],
    ['orders/s of waiting holds', range(ordersPerSecond), ''],
    ['orders/s of a rush, request to row', range(rushPerSecond), ''],
    ['single commits/s, 16 connections', range(singleCommitsPerSecond), ''],
    [
      'waiting holds × single commits',
      ratio(ofSingleCommits),
      aimed(ofSingleCommits.median, '≥', roadAims.ofSingleCommits),
    ],
    ['last answer to last order, ms', range(drainMs), aimed(drainMs.median, '≤', roadAims.drainMs)],
    ['CPU µs an order, all processes', range(cpuUs), ''],
    [
      `hold to order at ${whole(perSecond)}/s, ms`,
      `p50 ${whole(p50Ms)}, p99 ${whole(p99Ms)} (${whole(count)})`,
      aimed(p99Ms, '≤', roadAims.steadyP99Ms),
    ],
  ]
  return table([`the whole road, rushes of ${whole(orders)}`, 'median (low–high)', 'aim'], rows)
}

export function peakTable({ peak }: Measured): string {
  if (!peak) return ''
  const { perSecond, tookMs, accepted, samples, drainMs, flatness } = peak
  const every = Math.max(1, Math.ceil(samples.length / peakRowsMax))
  const rows = samples
    .filter((_, i) => i % every === 0 || i === samples.length - 1)
    .map(({ atMs, accepted: taken, holds, orders, postgres }) => {
      const load = (100 * postgres).toFixed(0)
      const waiting = Math.max(0, taken - holds) // a call's answer can come after its holds are written
      return [`${(atMs / 1_000).toFixed(0)} s`, taken, waiting, holds, orders, load]
    })
  const seconds = (tookMs / 1_000).toFixed(1)
  const rate = `${whole((accepted * 1_000) / tookMs)}/s (wanted ${whole(perSecond)})`
  const sum = [
    `the last order ${whole(drainMs)} ms after the last attempt`,
    `Postgres' highest second while they came ${flatness.toFixed(2)} × its median one`,
  ]
  const head = [
    `a peak of ${rate} for ${seconds} s`,
    'accepted',
    'waiting',
    'holds',
    'orders',
    'Postgres CPU %',
  ]
  return `${table(head, rows)}\n${sum.join('; ')}`
}

export function growthTable({ growth }: Measured): string {
  const [first] = growth ?? []
  if (!growth || !first) return ''
  const rows = growth.map((figure, i) => {
    const { buyers, redisUs, redisCpuUs, redisBytes, ledgerUs, ledgerPerSecond } = figure
    const [redis, ledger] = [redisUs / first.redisUs, ledgerUs / first.ledgerUs]
    return [
      `${whole(buyers)}${i > 0 && buyers === first.buyers ? ' again' : ''}`,
      redisUs.toFixed(2),
      redis.toFixed(2),
      aimed(redis, '≤', growthAim),
      redisCpuUs.toFixed(2),
      whole(redisBytes),
      ledgerUs.toFixed(0),
      ledger.toFixed(2),
      aimed(ledger, '≤', growthAim),
      whole(ledgerPerSecond),
    ]
  })
  const redis = ['Redis µs', '× first', 'aim', 'its CPU', 'bytes']
  return table(['buyers of a sale', ...redis, 'ledger CPU µs', '× first', 'aim', 'holds/s'], rows)
}

export function tracesTable({ traces }: Measured): string {
  if (!traces) return ''
  const rows = traces.map(({ name, cpuUs, cpu, samples }) => [
    name,
    cpuUs.toFixed(1),
    ratio(cpu),
    samples.length,
  ])
  const head = ['what a recorded share costs a purchase', 'CPU µs', '× the first', 'rounds']
  const verdict = isCheap(traces) ? 'ok' : 'MISSED'
  const aim = `at most ${tracesAim} × the first, or within what the same thing measured twice differs by: ${verdict}`
  return `${table(head, rows)}\n${aim}`
}
