import type { Sample } from './sampler.ts'

const pointsMax = 120
const digits = 4

/** For the JSON: every figure as one row of numbers, thinned; null where it could not be read. */
export type Series = { atSeconds: number[]; figures: Record<string, (number | null)[]> }

export function seriesOf(samples: readonly Sample[]): Series {
  const every = Math.max(1, Math.ceil(samples.length / pointsMax))
  const kept = samples.filter((_, i) => i % every === 0 || i === samples.length - 1)
  const names = new Set(samples.flatMap(({ figures }) => Object.keys(figures)))
  const rows = [...names].sort().map((name) => {
    return [name, kept.map(({ figures }) => rounded(figures[name]))] as const
  })
  return {
    atSeconds: kept.map(({ atMs }) => Math.round(atMs / 1_000)),
    figures: Object.fromEntries(rows),
  }
}

const rounded = (value: number | undefined) =>
  value === undefined ? null : Number(value.toPrecision(digits))
