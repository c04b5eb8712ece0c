import type { Check } from '../demo/cross-check.ts'
import type { KindFigures } from './rude-tally.ts'
import type { Sample } from './samples.ts'

export const bounds = {
  rssMiBPerMinute: 3,
  heapMiBPerMinute: 3,
  fdsPerMinute: 5,
  /** After they left, beside what it was before they came. */
  fdsLeft: 10,
  heapMiBLeft: 64, // the young generation alone takes up to 96, and is collected when it is full
}
const lowsMax = 12
const settledShare = 2 / 3 // of the time with rude clients: before it, pools and caches fill

export type Growth = { what: string; perMinute: number; bound: number }
/** `after` beside `before`: the smallest of the last readings, for garbage is not collected at once. */
export type Left = { what: string; before: number; after: number; bound: number }
export type Judged = { growth: Growth[]; left: Left[]; failures: string[] }

type Gathered = {
  samples: Sample[]
  kinds: KindFigures[]
  checks: Check[]
  inexactAudits: number
  faults: string[]
  receiptsWithoutEnd: number
}

export function judge(all: Gathered): Judged {
  const rude = all.samples.filter(({ phase }) => phase === 'rude')
  const settled = rude.slice(Math.floor(rude.length * (1 - settledShare)))
  const memoryGrows = (what: string, pick: (one: Sample) => number, bound: number): Growth => {
    return { what, perMinute: slope(lows(settled, pick)), bound }
  }
  const least = (phase: string, pick: (one: Sample) => number) => {
    const some = all.samples.filter((one) => one.phase === phase).map(pick)
    return Math.min(...some.slice(-Math.ceil(some.length / 2)))
  }
  const stays = (what: string, pick: (one: Sample) => number, bound: number): Left => {
    return { what, before: least('before', pick), after: least('after', pick), bound }
  }
  const growth = [
    memoryGrows('resident memory, MiB', ({ rssMiB }) => rssMiB, bounds.rssMiBPerMinute),
    memoryGrows('heap in use, MiB', ({ heapMiB }) => heapMiB, bounds.heapMiBPerMinute),
    {
      what: 'file descriptors',
      perMinute: slope(settled.map(({ atS, fds }) => [atS / 60, fds])),
      bound: bounds.fdsPerMinute,
    },
  ]
  const left = [
    stays('file descriptors', ({ fds }) => fds, bounds.fdsLeft),
    stays('heap in use, MiB', ({ heapMiB }) => heapMiB, bounds.heapMiBLeft),
  ]
  return { growth, left, failures: failuresOf(all, growth, left) }
}

function failuresOf(all: Gathered, growth: Growth[], left: Left[]): string[] {
  return [
    growth
      .filter(({ perMinute, bound }) => !(perMinute <= bound))
      .map(({ what, perMinute, bound }) => {
        return `${what} grew by ${perMinute.toFixed(1)} a minute, more than ${bound}`
      }),
    left
      .filter(({ before, after, bound }) => !(after - before <= bound))
      .map(
        ({ what, before, after }) =>
          `${what}: ${before.toFixed(0)} before, ${after.toFixed(0)} after`,
      ),
    all.kinds
      .filter(({ endings }) => sum(endings) === 0 || Object.keys(endings).some(isOwn))
      .map(({ name }) => `${name}: not all were ended by the gateway`),
    all.checks
      .filter(({ holds }) => !holds)
      .map(({ what, left, right }) => `${what}: ${left}, ${right}`),
    all.inexactAudits > 0 ? [`${all.inexactAudits} audits were not exact`] : [],
    all.receiptsWithoutEnd > 0 ? [`${all.receiptsWithoutEnd} receipts have no end`] : [],
    all.faults,
  ].flat()
}

/** Its patience ended before any limit did. */
const isOwn = (ending: string) => ending.endsWith('left by itself')
const sum = (counts: Record<string, number>) =>
  Object.values(counts).reduce((total, count) => total + count, 0)

/** The lowest readings: what stays when garbage was collected. */
function lows(samples: readonly Sample[], pick: (one: Sample) => number): [number, number][] {
  const together = Math.ceil(samples.length / lowsMax)
  const parts = Map.groupBy(samples.entries(), ([at]) => Math.floor(at / together))
  return [...parts.values()].map((some) => {
    const [lowest] = some.map(([, one]) => one).toSorted((a, b) => pick(a) - pick(b))
    return [(lowest?.atS ?? 0) / 60, lowest ? pick(lowest) : Number.NaN]
  })
}

/** Of the straight line that fits best (least squares); 0 where there is no line. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (pick: 0 | 1) => points.reduce((total, one) => total + one[pick], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const over = points.reduce((total, [px, py]) => total + (px - x) * (py - y), 0)
  const under = points.reduce((total, [px]) => total + (px - x) ** 2, 0)
  return under === 0 ? 0 : over / under
}
