import type { Crash } from './crashes.ts'
import { brokenAtRest, brokenNow } from './promises.ts'
import { createRandom } from './random.ts'
import type { Off } from './rules.ts'
import { buyerSteps } from './steps/buyers.ts'
import { eventSteps } from './steps/events.ts'
import { faultSteps } from './steps/faults.ts'
import { orderSteps } from './steps/orders.ts'
import { paymentSteps } from './steps/payments.ts'
import { rebuildSteps } from './steps/rebuild.ts'
import { stockSteps } from './steps/stock.ts'
import { type Domain, newWorld, type Size, type Step, saw, type World } from './world.ts'

const REST_STEPS_MAX = 20_000
const LONG_MS = 1_000 // past every deadline and every time to pay

export type Played = {
  seed: number
  /** What happened, a name a step. */
  history: string[]
  seen: Map<Crash, number>
  /** In words; undefined when every promise held. */
  broken: string | undefined
}

/**
 * One sale from a seed: buyers, services, stores and faults, each effect a step of its own, in an
 * order that the seed decides; then no new wishes and no new faults until nothing is left to do. The
 * same seed plays the same sale.
 */
export function play(seed: number, domain: Domain, off: Off = new Set()): Played {
  const random = createRandom(seed)
  const world = newWorld(sizeOf(random), domain, random, off)
  const history: string[] = []
  const take = (step: Step) => {
    history.push(step.name)
    step.run()
    return brokenNow(world)
  }
  const result = (broken?: string): Played => ({ seed, history, seen: world.seen, broken })

  for (let i = 0; i < world.size.steps; i++) {
    const step = choose(world)
    if (step.kind === 'fault') {
      world.faultsLeft--
      saw(world, step.crash)
    }
    const broken = take(step)
    if (broken) return result(broken)
  }
  world.slow = new Set()
  for (let i = 0, isLate = false; i < REST_STEPS_MAX; i++) {
    const work = stepsOf(world).filter(({ kind }) => kind === 'work')
    if (work.length === 0 && isLate) return result(brokenAtRest(world))
    isLate = work.length === 0
    const step = isLate ? later(world) : oneOf(world, work)
    const broken = take(step)
    if (broken) return result(broken)
  }
  return result(`P4: no rest within ${REST_STEPS_MAX} steps`)
}

function sizeOf({ between }: ReturnType<typeof createRandom>): Size {
  return {
    buyers: between(1, 4),
    stock: between(1, 4),
    perBuyer: between(1, 2),
    steps: between(40, 300),
    faults: between(0, 12),
    timeShare: between(1, 6) / 20,
    tickMs: between(1, 10),
    crashes: between(0, 5),
    wishShare: between(1, 6) / 10,
  }
}

function stepsOf(world: World): Step[] {
  return [
    ...buyerSteps(world),
    ...stockSteps(world),
    ...rebuildSteps(world),
    ...eventSteps(world),
    ...orderSteps(world),
    ...paymentSteps(world),
    ...faultSteps(world),
  ]
}

function choose(world: World): Step {
  const { random, size } = world
  const steps = stepsOf(world)
  const strikes = steps.filter((step) => step.kind === 'fault' && world.faults.has(step.crash))
  if (strikes.length > 0 && world.faultsLeft > 0 && random.chance(size.faults / size.steps)) {
    return oneOf(world, ofOneCrash(world, strikes))
  }
  const of = (...kinds: Step['kind'][]) => steps.filter(({ kind }) => kinds.includes(kind))
  if (random.chance(size.timeShare)) return oneOf(world, of(random.chance(0.5) ? 'time' : 'late'))
  const wanted = of(random.chance(size.wishShare) ? 'wish' : 'work')
  return oneOf(world, wanted.length > 0 ? wanted : of('late', 'time'))
}

/** Each crash is as likely, however many processes it can come to. */
function ofOneCrash(world: World, strikes: Step[]): Step[] {
  const byCrash = Map.groupBy(strikes, (step) => (step.kind === 'fault' ? step.crash : undefined))
  return byCrash.get(oneOf(world, [...byCrash.keys()])) ?? strikes
}

const oneOf = <T>({ random }: World, all: T[]) => all[random.between(0, all.length - 1)] as T

const later = ({ redis }: World): Step => ({
  kind: 'time',
  name: 'much time passes',
  run() {
    redis.nowMs += LONG_MS
  },
})
