import { wholePlan } from '../bench/plan.ts'
import { ThrownAway } from '../bench/thrown-away.ts'
import { type World, withWorld } from '../bench/world.ts'
import type { External } from '../stack/settings.ts'
import { startStack } from '../stack/stack.ts'
import { type Costs, compare, fitCosts, sumOf, totalError } from './costs.ts'
import { checkAllBooks, type Ground, prepareGround } from './ground.ts'
import { type MeasuredStep, measureIdle, measureStep } from './measure-step.ts'
import { measureMemory } from './memory.ts'
import { residentMiB } from './process-cpu.ts'
import type { StepSizes } from './step-load.ts'
import type { HeldOut, MeasuredPlan, Wire } from './summary.ts'

// In one step the ledger waits: nobody is to be sent away for what has gathered behind it.
// Known tokens are counted: none may make room for another.
const patient = {
  inventory: { ADMISSION_WAIT_MS_MAX: '3600000' },
  gateway: { TOKENS_KNOWN_MAX: '2000000' },
}

type Run = { stateDir: string; sizes: StepSizes; external?: External }

/** Fails, and has no figures, when a 202 is not in the ledger, has no order, or an audit is not exact. */
export async function measureForPlan({ stateDir, sizes, external }: Run): Promise<MeasuredPlan> {
  console.error('starting Postgres, Redis, Kafka, the bank and the services')
  const stack = await startStack({
    stateDir,
    fresh: true,
    env: patient,
    ...(external && { external }),
  })
  let measured: MeasuredPlan
  try {
    measured = await withWorld(stack, wholePlan, (world) => measureAll(world, sizes))
  } catch (error) {
    console.error(`logs and data are kept in ${stateDir}`)
    await stack.stop()
    throw error
  }
  await stack.stop({ wipe: true })
  return measured
}

async function measureAll(world: World, sizes: StepSizes): Promise<MeasuredPlan> {
  const ground = await prepareGround(world, sizes)
  try {
    world.say('warming up')
    for (const load of sizes.warmUps) await measureStep(ground, load, sizes.warmUpMs)
    const gatewayMiB = residentOf(world, 'gateway') // before it knows the tokens of all steps
    const steps: MeasuredStep[] = []
    for (let round = 0; round < sizes.rounds; round++) {
      world.say(`round ${round + 1} of ${sizes.rounds}`)
      steps.push(...(await measureRound(ground, round)))
    }
    world.say('memory: tokens and connections')
    const memory = await measureMemory(ground, largestSale(steps))
    memory.residentMiB.gateway = gatewayMiB
    world.say('the books of every sale')
    await checkAllBooks(ground)
    const costs = fitCosts(steps.filter(({ heldOut }) => !heldOut))
    const heldOut = compareHeldOut(costs, steps)
    return {
      steps,
      costs,
      heldOut,
      memory,
      wire: { accepted: wireOf(steps, 'accepted'), refused: wireOf(steps, 'refused') },
      wal: { order: walOf(steps, 'orders'), payment: walOf(steps, 'payments') },
      paid: ground.paid,
      accepted: ground.sales.reduce((sum, { told }) => sum + told.accepted.length, 0),
    }
  } finally {
    await ground.payers.leave()
  }
}

/** Every second one backwards: what grows warm or slow over a round then falls on all steps alike. */
async function measureRound(ground: Ground, round: number): Promise<MeasuredStep[]> {
  const { loads, spanMs } = ground.sizes
  const steps = [told(ground, await measureIdle(ground))]
  for (const load of round % 2 === 0 ? loads : loads.toReversed()) {
    const measured = await measureStep(ground, load, spanMs)
    steps.push(...measured.map((step) => told(ground, step)))
  }
  return steps
}

/** A step that no cost was fitted to: of all rounds together, as the costs are. */
function compareHeldOut(costs: Record<string, Costs>, steps: readonly MeasuredStep[]): HeldOut[] {
  const byName = Map.groupBy(
    steps.filter(({ heldOut }) => heldOut),
    ({ name }) => name,
  )
  return [...byName].map(([step, rounds]) => {
    const compared = compare(costs, sumOf(rounds))
    return { step, compared, totalError: totalError(compared) }
  })
}

function residentOf(world: World, name: string): number {
  const found = world.processes().find((one) => one.name === name)
  return found ? residentMiB(found.pid) : 0
}

function told({ world }: Ground, step: MeasuredStep): MeasuredStep {
  const cores = Object.values(step.cpuMs).reduce((sum, ms) => sum + ms, 0) / 1_000 / step.seconds
  world.say(`${step.name}: ${step.seconds.toFixed(1)} s, ${cores.toFixed(2)} cores`)
  return step
}

function largestSale(steps: readonly MeasuredStep[]) {
  const { saleId = '', counts } = steps.reduce((most, step) =>
    (step.saleId ?? '') !== '' && step.counts.accepted > most.counts.accepted ? step : most,
  )
  if (saleId === '') throw new ThrownAway('no step sold anything')
  return { saleId, holds: counts.accepted }
}

/** Of the largest step in which nothing else was sent. */
function wireOf(steps: readonly MeasuredStep[], work: 'accepted' | 'refused'): Wire {
  const other = work === 'accepted' ? 'refused' : 'accepted'
  const alone = steps.filter(
    ({ counts, bytes }) => bytes && counts[work] > 0 && counts[other] === 0,
  )
  const largest = alone.toSorted((a, b) => b.counts[work] - a.counts[work])[0]
  if (!largest?.bytes) throw new ThrownAway(`no step had only ${work} attempts`)
  const { bytes, counts } = largest
  return { request: bytes.sent / counts[work], answer: bytes.received / counts[work] }
}

function walOf(steps: readonly MeasuredStep[], work: 'orders' | 'payments'): number {
  const other = work === 'orders' ? 'payments' : 'orders'
  const alone = steps.filter(({ counts }) => counts[work] > 0 && counts[other] === 0)
  const sum = (of: (step: MeasuredStep) => number) => alone.reduce((all, step) => all + of(step), 0)
  return sum(({ walBytes }) => walBytes) / sum(({ counts }) => counts[work])
}
