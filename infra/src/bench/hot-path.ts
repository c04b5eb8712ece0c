import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '@flashsale/simulation/random.ts'
import { acceptedVariants } from './accepted-variants.ts'
import { type CpuTimes, cpuBetween, readCpu } from './cpu.ts'
import type { LoadReport } from './load/load.ts'
import { referenceVariants } from './reference-variants.ts'
import { refusedVariants } from './refused-variants.ts'
import { quantile } from './statistics.ts'
import { ThrownAway } from './thrown-away.ts'
import type { Aims, Extra, Setting, Variant } from './variants.ts'

const seed = 6
const idleMs = 2_000
const roomFactor = 2 // buyers ready for a span, of those the last one took

/** One span of one variant. */
export type Sample = Extra & {
  perSecond: number
  answers: number
  /** CPU of the server processes it is charged with, in microseconds an expected answer. */
  cpuUs: number
  /** Of every process that ran for it, also of those. */
  cpuUsBy: CpuTimes
  p50Ms: number
  p99Ms: number
  /** Of one core, by the generator. */
  generatorBusy: number
  others: Record<string, number>
}
export type Measurement = { name: string; aims: Aims; samples: Sample[] }

/** Every variant once in a round, in another order each time; the first round only warms them up. */
export async function measureHotPath(setting: Setting) {
  const { world } = setting
  const { rounds, warmUpMs, spanMs } = world.plan
  const variants = [
    ...referenceVariants(setting),
    ...acceptedVariants(setting),
    ...(await refusedVariants(setting)),
  ]
  const random = createRandom(seed)
  const measured = new Map(variants.map((variant) => [variant, [] as Sample[]]))
  const taken = new Map<Variant, number>()
  let idleCpu: CpuTimes = {}
  for (let round = 0; round <= rounds; round++) {
    world.say(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
    for (const variant of random.shuffle(variants)) {
      const samples = measured.get(variant) ?? []
      const ms = round === 0 ? warmUpMs : spanMs
      const perSecond = taken.get(variant) ?? world.plan.buyersPerSecond
      const requests = Math.ceil((perSecond * ms) / 1_000)
      const sample = await measureSpan(setting, variant, { spanMs: ms, requests })
      taken.set(variant, sample.perSecond * roomFactor)
      world.say(`  ${line(variant.name, sample)}`)
      if (round > 0) samples.push(sample)
    }
    if (round === 0) idleCpu = await measureIdle(world)
  }
  const results = [...measured].map(([{ name, aims = {} }, samples]): Measurement => {
    return { name, aims, samples }
  })
  return { rounds: results, idleCpu }
}

/** What the system takes while nobody asks: it is part of what each request seems to cost. */
async function measureIdle(world: Setting['world']): Promise<CpuTimes> {
  const before = world.cpu()
  await sleep(idleMs)
  const shares = Object.entries(cpuBetween(before, world.cpu())).map(([name, ms]) => {
    return [name, ms / idleMs] as const
  })
  return Object.fromEntries(shares)
}

function line(name: string, { perSecond, cpuUs, generatorBusy, others }: Sample): string {
  const rest = Object.keys(others).length > 0 ? `, others ${JSON.stringify(others)}` : ''
  const busy = `generator ${Math.round(100 * generatorBusy)} %`
  return `${name.padEnd(36)} ${perSecond.toFixed(0).padStart(6)}/s ${cpuUs.toFixed(0).padStart(5)} µs, ${busy}${rest}`
}

type Span = {
  spanMs: number
  /** Distinct ones, where each buyer may ask but once. */
  requests: number
  perSecond?: number
  connections?: number
}

export async function measureSpan(
  { world }: Pick<Setting, 'world'>,
  variant: Variant,
  { requests: count, connections = world.plan.connections, ...span }: Span,
): Promise<Sample> {
  const prepared = await variant.prepare({ requests: count })
  const { processes, port, requests, again = false, expect } = prepared
  const { around = (run) => run() } = prepared
  const before = readCpu(processes)
  const load = { port, requests, again, expect, connections, ...span }
  const report = await around(() => world.generator.run(load))
  await prepared.until?.(report)
  const cpu = cpuBetween(before, readCpu(processes))
  const extra = await prepared.check?.(report)
  const { charged = Object.keys(cpu) } = prepared
  return { ...sampleOf(variant.name, report, cpu, charged), ...extra }
}

function sampleOf(
  name: string,
  report: LoadReport,
  cpu: CpuTimes,
  charged: readonly string[],
): Sample {
  const { counted, countedMs, expected, latenciesMs, busy, others } = report
  if (counted === 0) throw new ThrownAway(`${name}: only ${JSON.stringify(others)}`)
  const usEach = (ms: number) => (ms * 1_000) / expected // cheap other answers make none cheaper
  const by = Object.entries(cpu).map(([process, ms]) => [process, usEach(ms)] as const)
  return {
    perSecond: (counted * 1_000) / countedMs,
    answers: counted,
    cpuUs: usEach(charged.reduce((sum, process) => sum + (cpu[process] ?? 0), 0)),
    cpuUsBy: Object.fromEntries(by),
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    generatorBusy: busy,
    others,
  }
}
