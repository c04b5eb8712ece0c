import { buyPath, openSale, retire } from '../bench/bench-sale.ts'
import { checkBooks } from '../bench/books.ts'
import { buyRequest } from '../bench/load/load.ts'
import { pairedRatios, type Spread, spread } from '../bench/statistics.ts'
import { ThrownAway } from '../bench/thrown-away.ts'
import type { World } from '../bench/world.ts'
import { type CpuQuota, createCpuQuota } from '../cpu-quota.ts'
import { portOf } from '../stack/ports.ts'
import { instanceNames } from '../stack/scale.ts'
import type { Sizes } from './sizes.ts'

export const efficiencyAim = 0.7
const roomFactor = 1.5 // buyers ready for a span, of those the last one took

/** One span with so many gateways. */
export type ScaleSample = {
  gateways: number
  perSecond: number
  /** Of the time in which the gateways that were asked ran: held back by their quota. */
  heldBack: number
  generatorCores: number
  others: Record<string, number>
}
export type ScaleFigure = {
  cores: number
  one: Spread
  two: Spread
  /** Two gateways' throughput of twice one's, in the same round. */
  efficiency: Spread
  samples: ScaleSample[]
}
type Gateway = { name: string; port: number; pid: number; quota?: CpuQuota }

/** Told before anything is measured. */
export async function assertCanShareCores(sizes: Sizes): Promise<void> {
  await createCpuQuota('probe', sizes.scale.cores).remove()
}

/** The same buyers' rush on one gateway and on two, each on its own share of a core, in turn. */
export async function measureScale(world: World, sizes: Sizes): Promise<ScaleFigure> {
  const { rounds, cores, spanMs, warmUpMs } = sizes.scale
  const gateways = gatewaysOf(world)
  for (const gateway of gateways) {
    const sample = await span(world, sizes, [gateway], { spanMs: warmUpMs }) // on a whole core
    world.say(line(`warming up ${gateway.name}`, sample))
  }
  const pinned: (Gateway & { quota: CpuQuota })[] = []
  const samples: ScaleSample[] = []
  try {
    for (const gateway of gateways) {
      const quota = createCpuQuota(gateway.name, cores)
      pinned.push({ ...gateway, quota })
      quota.add(gateway.pid)
    }
    for (let round = 1; round <= rounds; round++) {
      for (const count of [1, 2]) {
        const last = samples.findLast((sample) => sample.gateways === count)
        const sample = await span(world, sizes, pinned.slice(0, count), { spanMs, last })
        world.say(line(`round ${round} of ${rounds}`, sample))
        samples.push(sample)
      }
    }
  } finally {
    await Promise.all(pinned.map(({ quota }) => quota.remove()))
  }
  return figureOf(cores, samples)
}

function figureOf(cores: number, samples: ScaleSample[]): ScaleFigure {
  const rates = (count: number) =>
    samples.filter(({ gateways }) => gateways === count).map(({ perSecond }) => perSecond)
  const [one, two] = [rates(1), rates(2)]
  const twice = one.map((perSecond) => 2 * perSecond)
  const efficiency = pairedRatios(two, twice)
  return { cores, one: spread(one), two: spread(two), efficiency, samples }
}

function gatewaysOf({ stack }: World): Gateway[] {
  const { ports, scale } = stack.settings
  return instanceNames(scale, 'gateway').map((name) => {
    const pid = stack.status().find((part) => part.name === name)?.pid
    if (!pid) throw new ThrownAway(`${name} does not run`)
    return { name, port: portOf(ports, scale, name), pid }
  })
}

type Span = { spanMs: number; last?: ScaleSample | undefined }

async function span(world: World, sizes: Sizes, gateways: Gateway[], { spanMs, last }: Span) {
  const { buyersPerSecond, connectionsEach } = sizes.scale
  const perSecond = last ? last.perSecond * roomFactor : buyersPerSecond
  const count = Math.ceil((perSecond * spanMs) / 1_000)
  const saleId = await openSale(world, count + 1) // never sold out: accepted is what is measured
  const path = buyPath(saleId)
  const requests = Array.from({ length: count }, (_, i) =>
    buyRequest({ path, token: world.sign(`${saleId}-${i}`) }),
  )
  const before = throttled(gateways)
  const report = await world.generator.run({
    port: world.gatewayPort,
    ports: gateways.map(({ port }) => port),
    requests,
    connections: connectionsEach * gateways.length,
    spanMs,
    expect: { status: 202, text: '"accepted"' },
  })
  const after = throttled(gateways)
  if (report.counted === 0) throw new ThrownAway(`only ${JSON.stringify(report.others)}`)
  await checkBooks(world, saleId, report)
  await retire(world, saleId)
  const ofPeriods = after.ofPeriods - before.ofPeriods
  return {
    gateways: gateways.length,
    perSecond: (report.counted * 1_000) / report.countedMs,
    heldBack: ofPeriods > 0 ? (after.periods - before.periods) / ofPeriods : 0,
    generatorCores: report.busy,
    others: report.others,
  }
}

function throttled(gateways: Gateway[]): { periods: number; ofPeriods: number } {
  const all = gateways.map(({ quota }) => quota?.throttled() ?? { periods: 0, ofPeriods: 0 })
  const sum = (of: 'periods' | 'ofPeriods') => all.reduce((total, each) => total + each[of], 0)
  return { periods: sum('periods'), ofPeriods: sum('ofPeriods') }
}

function line(round: string, { gateways, perSecond, heldBack, others }: ScaleSample): string {
  const held = `held back in ${(100 * heldBack).toFixed(0)} % of periods`
  const rest = Object.keys(others).length > 0 ? `, others ${JSON.stringify(others)}` : ''
  return `${round}: ${gateways} gateway(s) ${perSecond.toFixed(0)}/s, ${held}${rest}`
}
