import type { External } from '../stack/settings.ts'
import { type StackOptions, startStack } from '../stack/stack.ts'
import { measureGrowth } from './growth.ts'
import { type HotFigure, hotFigures } from './hot-figures.ts'
import { measureHotPath } from './hot-path.ts'
import { measureLatency } from './latency.ts'
import { measureLedger } from './ledger-rate.ts'
import { measurePeak } from './peak.ts'
import type { Plan, Section } from './plan.ts'
import { startReferences } from './references/start-references.ts'
import { measureRoad } from './road.ts'
import type { Measured } from './summary.ts'
import { measureTraces, tracedStack } from './traces.ts'
import { type World, withWorld } from './world.ts'

export type Run = {
  stateDir: string
  plan: Plan
  sections: readonly Section[]
  external?: External
}
// The ledger waits while intake is measured, for an hour if it has to.
const longStream = { STREAM_ENTRIES_MAX: '1000000', ADMISSION_WAIT_MS_MAX: '3600000' }

type Part<Name extends keyof Measured> = Pick<Measured, Name>

/** Fails, and has no figures, when a 202 is not in the ledger or an audit is not exact. */
export async function runBench(run: Run): Promise<Measured> {
  const { sections: only } = run
  const wants = (...some: Section[]) => some.some((section) => only.includes(section))
  const measured: Measured = {}
  if (wants('hot', 'latency', 'ledger', 'road', 'peak')) {
    console.error('starting Postgres, Redis, Kafka, the bank and the services')
    await withStack(run, {}, async (world) => {
      if (wants('hot', 'latency')) Object.assign(measured, await hotPart(world, only))
      if (wants('ledger')) measured.ledger = await measureLedger(world)
      if (wants('road', 'peak')) Object.assign(measured, await roadPart(world, only))
    })
  }
  if (wants('growth')) {
    console.error('starting Postgres, Redis, gateway and inventory')
    const parts = ['postgres', 'redis', 'gateway', 'inventory'] as const
    await withStack(run, { parts }, async (world) => {
      measured.growth = await measureGrowth(world)
    })
  }
  if (wants('traces')) {
    console.error('starting Postgres, Redis, Kafka, Zipkin, three gateways and three inventories')
    await withStack(run, tracedStack(), async (world) => {
      measured.traces = await measureTraces(world)
    })
  }
  return measured
}

async function hotPart(world: World, only: readonly Section[]): Promise<Part<'hot' | 'latency'>> {
  const references = await startReferences(world.stack)
  try {
    const setting = { world, references }
    const measured: Part<'hot' | 'latency'> = {}
    if (only.includes('hot')) {
      const { rounds, idleCpu } = await measureHotPath(setting)
      measured.hot = { figures: hotFigures(rounds), idleCpu, rounds }
    }
    if (only.includes('latency')) {
      const limits = saturations(measured.hot?.figures ?? [])
      measured.latency = await measureLatency(setting, limits)
    }
    return measured
  } finally {
    await references.stop()
  }
}

const saturations = (figures: readonly HotFigure[]) =>
  new Map(figures.map(({ name, perSecond }) => [name, perSecond.median]))

async function roadPart(world: World, only: readonly Section[]): Promise<Part<'road' | 'peak'>> {
  const road = await measureRoad(world)
  const rate = road.ordersPerSecond.median
  return only.includes('peak') ? { road, peak: await measurePeak(world, rate) } : { road }
}

async function withStack(
  { stateDir, plan, external }: Run,
  options: Pick<StackOptions, 'parts' | 'portBase' | 'scale' | 'env'>,
  work: (world: World) => Promise<void>,
): Promise<void> {
  const stack = await startStack({
    stateDir,
    fresh: true,
    ...options,
    ...(external && { external }),
    env: { ...options.env, inventory: { ...options.env?.inventory, ...longStream } },
  })
  try {
    await withWorld(stack, plan, work)
  } catch (error) {
    console.error(`logs and data are kept in ${stateDir}`)
    await stack.stop()
    throw error
  }
  await stack.stop({ wipe: true })
}
