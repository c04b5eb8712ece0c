import { wholePlan } from '../bench/plan.ts'
import { type World, withWorld } from '../bench/world.ts'
import type { External } from '../stack/settings.ts'
import { type StackOptions, startStack } from '../stack/stack.ts'
import type { Part } from './options.ts'
import { measureRates } from './rates.ts'
import { assertCanShareCores, measureScale } from './scale.ts'
import type { Sizes } from './sizes.ts'
import type { MeasuredTargets } from './summary.ts'

export type Run = { stateDir: string; sizes: Sizes; parts: readonly Part[]; external?: External }

const gateways = 2

/** Fails, and has no figures, when a 202 is not in the ledger, has no order, or an audit is not exact. */
export async function runTargets(run: Run): Promise<MeasuredTargets> {
  const { sizes, parts } = run
  if (parts.includes('scale')) await assertCanShareCores(sizes)
  const measured: MeasuredTargets = {}
  if (parts.includes('rates')) {
    console.error('starting Postgres, Redis, Kafka, the bank and the services')
    await withStack(run, {}, async (world) => {
      measured.rates = await measureRates(world, sizes)
    })
  }
  if (parts.includes('scale')) {
    console.error('starting them again, with two gateways')
    await withStack(run, { scale: { gateway: gateways } }, async (world) => {
      measured.scale = await measureScale(world, sizes)
    })
  }
  return measured
}

async function withStack(
  { stateDir, external }: Run,
  options: Pick<StackOptions, 'scale'>,
  work: (world: World) => Promise<void>,
): Promise<void> {
  const own = { stateDir, fresh: true, ...(external && { external }) }
  const stack = await startStack({ ...own, ...options })
  try {
    await withWorld(stack, wholePlan, work)
  } catch (error) {
    console.error(`logs and data are kept in ${stateDir}`)
    await stack.stop()
    throw error
  }
  await stack.stop({ wipe: true })
}
