import { createRandom } from '@flashsale/simulation/random.ts'
import { acceptedVariants, seenName, wholeRoadName } from './accepted-variants.ts'
import { measureSpan, type Sample } from './hot-path.ts'
import { floorName, referenceVariants } from './reference-variants.ts'
import { median, pairedRatios, type Spread } from './statistics.ts'
import type { Setting, Variant } from './variants.ts'

/** At a share of what a variant can take at most. */
export type LatencyFigure = {
  name: string
  share: number
  perSecond: number
  p50Ms: number
  p99Ms: number
  /** Of the floor's p50 at the same share, in the same round. */
  p50: Spread
  others: Record<string, number>
  aim: number | undefined
  samples: Sample[]
}

const seed = 6
const names = [floorName, seenName, wholeRoadName]
const aims = [{ name: seenName, share: 0.5, p50: 4 }]

/** Open model: requests arrive at a steady pace, whatever the answers take. */
export async function measureLatency(
  setting: Setting,
  saturations: ReadonlyMap<string, number>,
): Promise<LatencyFigure[]> {
  const { world } = setting
  const { rounds, shares } = world.plan.latency
  const all = [...referenceVariants(setting), ...acceptedVariants(setting)]
  const variants = all.filter(({ name }) => names.includes(name))
  const limits = new Map(saturations)
  for (const variant of variants) {
    if (!limits.has(variant.name)) limits.set(variant.name, await saturate(setting, variant))
  }
  const cells = shares.flatMap((share) =>
    variants.map((variant) => {
      const perSecond = share * (limits.get(variant.name) ?? 0)
      return { variant, share, perSecond, samples: [] as Sample[] }
    }),
  )
  const random = createRandom(seed)
  for (let round = 1; round <= rounds; round++) {
    world.say(`latency, round ${round} of ${rounds}`)
    for (const { variant, share, perSecond, samples } of random.shuffle(cells)) {
      const sample = await paced(setting, variant, perSecond)
      const [p50, p99] = [sample.p50Ms.toFixed(1), sample.p99Ms.toFixed(1)]
      world.say(
        `  ${variant.name} at ${100 * share} %, ${Math.round(perSecond)}/s: p50 ${p50} ms, p99 ${p99} ms`,
      )
      samples.push(sample)
    }
  }
  return cells.map((cell) => {
    const floor = cells.find(
      ({ variant, share }) => variant.name === floorName && share === cell.share,
    )
    return figureOf(cell, floor?.samples ?? [])
  })
}

type Cell = { variant: Variant; share: number; perSecond: number; samples: Sample[] }

function figureOf({ variant: { name }, share, perSecond, samples }: Cell, floor: Sample[]) {
  const others = samples.flatMap((sample) => Object.entries(sample.others))
  const names = new Set(others.map(([name]) => name))
  const sum = (wanted: string) =>
    others.reduce((count, [name, more]) => count + (name === wanted ? more : 0), 0)
  const p50s = (some: Sample[]) => some.map(({ p50Ms }) => p50Ms)
  return {
    name,
    share,
    perSecond,
    p50Ms: median(p50s(samples)),
    p99Ms: median(samples.map(({ p99Ms }) => p99Ms)),
    p50: pairedRatios(p50s(samples), p50s(floor)),
    others: Object.fromEntries([...names].map((name) => [name, sum(name)])),
    aim: aims.find((aim) => aim.name === name && aim.share === share)?.p50,
    samples,
  }
}

/** What it takes at most: the second span of two, for the first one warms it up. */
async function saturate(setting: Setting, variant: Variant): Promise<number> {
  const { plan } = setting.world
  const buyers = (ms: number) => Math.ceil((plan.buyersPerSecond * ms) / 1_000)
  await measureSpan(setting, variant, { spanMs: plan.warmUpMs, requests: buyers(plan.warmUpMs) })
  const span = { spanMs: plan.spanMs, requests: buyers(plan.spanMs) }
  return (await measureSpan(setting, variant, span)).perSecond
}

function paced(setting: Setting, variant: Variant, perSecond: number): Promise<Sample> {
  const { spanMs, connections } = setting.world.plan.latency
  const requests = Math.ceil((perSecond * spanMs) / 1_000)
  return measureSpan(setting, variant, { spanMs, requests, perSecond, connections })
}
