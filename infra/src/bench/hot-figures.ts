import type { Measurement, Sample } from './hot-path.ts'
import { floorName, wName } from './reference-variants.ts'
import { median, pairedRatios, type Spread, spread } from './statistics.ts'
import type { Aims } from './variants.ts'

/** What the rounds of one variant come to. Ratios are of the same round's floor, and of its W. */
export type HotFigure = {
  name: string
  perSecond: Spread
  cpuUs: Spread
  p50Ms: number
  p99Ms: number
  rate: Spread
  cpu: Spread
  rateOfW: Spread | undefined
  redisUs: number | undefined
  redisCpuUs: number | undefined
  redisBytes: number | undefined
  generatorBusy: number
  /** Answers that do not count, of all rounds. */
  others: Record<string, number>
  aims: Aims
  missed: string[]
}

export function hotFigures(measurements: readonly Measurement[]): HotFigure[] {
  const named = (name: string) => measurements.find((one) => one.name === name)?.samples ?? []
  const [floor, w] = [named(floorName), named(wName)]
  return measurements.map((one) => figureOf(one, floor, w))
}

function figureOf({ name, aims, samples }: Measurement, floor: Sample[], w: Sample[]): HotFigure {
  const middle = (of: (sample: Sample) => number) => median(samples.map(of))
  const given = (of: (sample: Sample) => number | undefined) => {
    const values = samples.map(of).filter((value) => value !== undefined)
    return values.length > 0 ? median(values) : undefined
  }
  const rates = samples.map(({ perSecond }) => perSecond)
  const costs = samples.map(({ cpuUs }) => cpuUs)
  const rate = pairedRatios(
    rates,
    floor.map(({ perSecond }) => perSecond),
  )
  const cpu = pairedRatios(
    costs,
    floor.map(({ cpuUs }) => cpuUs),
  )
  const isComparedWithW = aims.rateOfW !== undefined
  const rateOfW = isComparedWithW
    ? pairedRatios(
        rates,
        w.map(({ perSecond }) => perSecond),
      )
    : undefined
  return {
    name,
    perSecond: spread(rates),
    cpuUs: spread(costs),
    p50Ms: middle(({ p50Ms }) => p50Ms),
    p99Ms: middle(({ p99Ms }) => p99Ms),
    rate,
    cpu,
    rateOfW,
    redisUs: given(({ redis }) => redis?.scriptUs),
    redisCpuUs: given(({ redis }) => redis?.cpuUs),
    redisBytes: given(({ redisBytes }) => redisBytes),
    generatorBusy: middle(({ generatorBusy }) => generatorBusy),
    others: addUp(samples.map(({ others }) => others)),
    aims,
    missed: missedOf(aims, { rate, cpu, rateOfW }),
  }
}

type Ratios = { rate: Spread; cpu: Spread; rateOfW: Spread | undefined }

function missedOf(aims: Aims, { rate, cpu, rateOfW }: Ratios): string[] {
  const missed: string[] = []
  if (aims.rate !== undefined && rate.median < aims.rate) missed.push('rate')
  if (aims.cpu !== undefined && cpu.median > aims.cpu) missed.push('CPU')
  if (aims.rateOfW !== undefined && (rateOfW?.median ?? 0) < aims.rateOfW) missed.push('rate of W')
  return missed
}

function addUp(counts: readonly Record<string, number>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const each of counts) {
    for (const [name, count] of Object.entries(each)) sums[name] = (sums[name] ?? 0) + count
  }
  return sums
}
