import { createRandom } from '@flashsale/simulation/random.ts'
import { spansUrl } from '../parts/zipkin.ts'
import { portBase, portsFrom } from '../stack/ports.ts'
import type { StackOptions } from '../stack/stack.ts'
import { allParts } from '../stack/stack-parts.ts'
import { acceptedVariants, seenName } from './accepted-variants.ts'
import { measureSpan, type Sample } from './hot-path.ts'
import { median, pairedRatios, type Spread } from './statistics.ts'
import { ThrownAway } from './thrown-away.ts'
import type { Variant } from './variants.ts'
import type { World } from './world.ts'

const seed = 8
const portsAbove = 300 // of the base: beside a system that is up
const ratio = '0.01'
const roomFactor = 2
export const tracesAim = 1.05

/** A gateway and an inventory of its own each, side by side on the same Redis and ledger. */
const pairs = [
  { name: 'without traces', index: 0 },
  { name: 'without traces, again (noise)', index: 1 },
  { name: `with traces of ${Number(ratio) * 100} %, metrics and logs`, index: 2 },
] as const
const traced = pairs[2]

export type TracesFigure = {
  name: string
  cpuUs: number
  /** Of the first pair's in the same round. */
  cpu: Spread
  samples: Sample[]
}

/** Three pairs of a gateway and an inventory; the last one sends its spans to a real back end. */
export function tracedStack(): Pick<StackOptions, 'parts' | 'portBase' | 'scale' | 'env'> {
  const base = portBase(process.env) + portsAbove
  const ports = portsFrom(base)
  const inventories = [ports.inventory, ports['inventory-2'], ports['inventory-3']]
  const url = (index: number) => ({ INVENTORY_URL: `http://127.0.0.1:${inventories[index]}` })
  const off = { TRACES_URL: '' }
  const on = { TRACES_URL: spansUrl(ports.zipkin), TRACES_SAMPLE_RATIO: ratio }
  return {
    portBase: base,
    parts: [...allParts, 'zipkin'],
    scale: { gateway: pairs.length, inventory: pairs.length },
    env: {
      gateway: { ...off, ...url(0) },
      'gateway-2': url(1),
      'gateway-3': { ...on, ...url(2) },
      inventory: off,
      'inventory-3': on,
      order: off,
      payment: off,
    },
  }
}

export async function measureTraces(world: World): Promise<TracesFigure[]> {
  const { rounds, spanMs } = world.plan.traces
  const { warmUpMs, buyersPerSecond } = world.plan
  const cells = pairs.map((pair) => ({ variant: variantOf(world, pair), samples: [] as Sample[] }))
  const random = createRandom(seed)
  let perSecond = buyersPerSecond
  for (let round = 0; round <= rounds; round++) {
    const ms = round === 0 ? warmUpMs : spanMs
    const costs: string[] = []
    for (const { variant, samples } of random.shuffle(cells)) {
      const requests = Math.ceil((perSecond * ms) / 1_000)
      const sample = await measureSpan({ world }, variant, { spanMs: ms, requests })
      perSecond = sample.perSecond * roomFactor
      costs.push(`${sample.cpuUs.toFixed(1)} µs ${variant.name}`)
      if (round > 0) samples.push(sample)
    }
    world.say(`traces, round ${round} of ${rounds}: ${costs.join('; ')}`)
  }
  const [first] = cells
  const costsOf = (samples: Sample[]) => samples.map(({ cpuUs }) => cpuUs)
  return cells.map(({ variant: { name }, samples }) => ({
    name,
    cpuUs: median(costsOf(samples)),
    cpu: pairedRatios(costsOf(samples), costsOf(first?.samples ?? [])),
    samples,
  }))
}

/** Cheap enough, or not to be told from the same thing measured twice. */
export function isCheap(figures: readonly TracesFigure[]): boolean {
  const [on, noise] = [figures[traced.index]?.cpu, figures[1]?.cpu]
  if (!on || !noise) throw new ThrownAway('nothing was measured with traces')
  return on.median <= tracesAim || (on.median >= noise.low && on.median <= noise.high)
}

function variantOf(world: World, { name, index }: (typeof pairs)[number]): Variant {
  const { ports } = world.stack.settings
  const gatewayPort = [ports['gateway-1'], ports['gateway-2'], ports['gateway-3']][index] as number
  const suffix = index === 0 ? '' : `-${index + 1}`
  const accepted = acceptedVariants({ world: { ...world, gatewayPort } })
  const variant = accepted.find((one) => one.name === seenName)
  if (!variant) throw new Error(`there is no variant ${seenName}`)
  return {
    name,
    prepare: async (size) => {
      const charged = [`gateway${suffix}`, `inventory${suffix}`, 'redis']
      return { ...(await variant.prepare(size)), charged }
    },
  }
}
