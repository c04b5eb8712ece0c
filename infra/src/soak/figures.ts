import {
  fitLine,
  type Growth,
  judge,
  lastThird,
  lastTwoThirds,
  lows,
  type Point,
  type Verdict,
} from './fit.ts'
import { fixedWork } from './fixed-work.ts'
import type { Sample } from './sampler.ts'

type Bound = { least: number; share: number }
type Rule = {
  /** Figures whose name begins so. */
  of: string
  unit: string
  /** May grow by so much an hour: the larger of a number and a share of the mean. Else only shown. */
  bound?: Bound
  /** In place of it: may be so much and no more. */
  most?: number
  /** Only what stays when garbage is collected and waves are over. */
  lows?: true
  /** A time: what of its growth a machine that got slower explains says nothing. */
  isTime?: true
}

const groupSize = 6 // samples, a minute
export const judgedFromMinutes = 15 // a line through less says nothing about an hour
/** At half load a queue's waiting, s / (1 - load), grows by so many times what each piece of work does. */
const waitingPerWork = 2

/** What must be flat. The bank is a simulator that remembers every payment: it is only shown. */
const rules: readonly Rule[] = [
  { of: 'memory bank', unit: 'MiB' },
  // They fill what they were given by and by: 256 MiB of heap and what a JVM has beside it; 128 MiB of
  // shared buffers and some for each connection.
  { of: 'memory kafka', unit: 'MiB', most: 448 },
  { of: 'memory postgres', unit: 'MiB', most: 384 },
  { of: 'memory redis', unit: 'MiB', bound: { least: 16, share: 0.1 }, lows: true },
  // Of a service: its old space and what it has beside its heap. A young generation is let grow to 96 MiB.
  { of: 'memory ', unit: 'MiB' },
  { of: 'beside the heap ', unit: 'MiB', bound: { least: 16, share: 0.1 }, lows: true },
  { of: 'external ', unit: 'MiB' }, // buffers: a part of what is beside the heap
  { of: 'heap ', unit: 'MiB', bound: { least: 6, share: 0.1 }, lows: true },
  // A server process opens each file of a table when it first needs it, and keeps it: some hundred each.
  { of: 'fds postgres', unit: '', most: 6_000 },
  // Connections come and go with what is under way; what stays is seen at rest.
  { of: 'fds ', unit: '' },
  { of: 'event loop p99 ', unit: 'ms', bound: { least: 5, share: 0.3 }, isTime: true },
  { of: fixedWork, unit: 'ms' },
  { of: 'redis used memory', unit: 'MiB', bound: { least: 1, share: 0.1 } },
  { of: 'redis keys', unit: '', bound: { least: 10, share: 0.1 } },
  { of: 'stream entries', unit: '', bound: { least: 50, share: 0.1 }, lows: true },
  { of: 'consumer lag ', unit: '', bound: { least: 50, share: 0.1 }, lows: true },
  { of: 'outbox rows ', unit: '', bound: { least: 50, share: 0.1 }, lows: true },
  { of: 'connections', unit: '', bound: { least: 4, share: 0.05 } },
  { of: 'table size ', unit: 'MiB', bound: { least: 1, share: 0.1 } },
  // Waves between two vacuums, of a minute or more: that they end is seen in the size.
  { of: 'dead rows ', unit: '' },
]

export type FigureRow = {
  name: string
  unit: string
  first: number
  last: number
  low: number
  high: number
  growth: Growth | undefined
  boundPerHour: number | undefined
  most: number | undefined
  verdict: Verdict | 'within' | 'shown'
}

/** One row for each figure that a rule is about; `judged` is false where only numbers are wanted. */
export function figureRows(samples: readonly Sample[], judged: boolean): FigureRow[] {
  const names = new Set(samples.flatMap(({ figures }) => Object.keys(figures)))
  const slowerPerHour = getsSlowerBy(samples)
  return [...names].flatMap((name) => {
    const rule = rules.find(({ of }) => name.startsWith(of))
    const points = pointsOf(samples, name)
    if (!rule || points.length === 0) return []
    const row = rowOf(name, rule, points, judged)
    const isMachines = rule.isTime && row.verdict === 'grows' && isExplained(row, slowerPerHour)
    return [isMachines ? { ...row, verdict: 'unclear' } : row]
  })
}

/** By which share of its time the same piece of work takes longer an hour; 0 when that is not sure. */
function getsSlowerBy(samples: readonly Sample[]): number {
  const growth = fitLine(lastTwoThirds(pointsOf(samples, fixedWork)))
  if (growth === undefined || growth.perHour <= growth.error) return 0
  return growth.perHour / growth.mean
}

/** Whether so much slower a machine would let a waiting time grow as much beyond its bound. */
function isExplained({ growth, boundPerHour = 0 }: FigureRow, slowerPerHour: number): boolean {
  if (growth === undefined) return false
  return growth.perHour <= boundPerHour + waitingPerWork * slowerPerHour * growth.mean
}

export function pointsOf(samples: readonly Sample[], name: string): Point[] {
  return samples.flatMap(({ atMs, figures }) => {
    const value = figures[name]
    return value === undefined ? [] : [{ atMs, value }]
  })
}

function rowOf(name: string, rule: Rule, points: readonly Point[], judged: boolean): FigureRow {
  const values = points.map(({ value }) => value)
  const late = lastTwoThirds(points)
  const growth = fitLine(rule.lows ? lows(late, groupSize) : late)
  const { bound, most } = rule
  const boundPerHour = bound && Math.max(bound.least, bound.share * (growth?.mean ?? 0))
  const high = Math.max(...values)
  const verdict = () => {
    if (!judged || growth === undefined) return 'shown'
    if (most !== undefined) return high <= most ? 'within' : 'grows'
    if (boundPerHour === undefined) return 'shown'
    const last = fitLine(rule.lows ? lows(lastThird(points), groupSize) : lastThird(points))
    return judge(growth, last, boundPerHour)
  }
  return {
    name,
    unit: rule.unit,
    first: values[0] ?? 0,
    last: values.at(-1) ?? 0,
    low: Math.min(...values),
    high,
    growth,
    boundPerHour,
    most,
    verdict: verdict(),
  }
}
