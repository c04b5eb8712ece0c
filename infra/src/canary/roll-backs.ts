import type { SplitService } from '@flashsale/contracts/http/canary.ts'
import type { CanaryWorld } from './steps.ts'
import { quick } from './steps.ts'
import type { Fault } from './witness-files.ts'

const foundWithinMs = 60_000
const everywhereWithinMs = 2_000
const settleMs = 2_500 // calls that were on their way, the slow ones among them
const quietMs = 4_000
const half = 50

export type RollBack = {
  service: SplitService
  what: string
  cause: string
  why: string
  /** From the fault until the first gateway has left the canary. */
  foundAfterMs: number
  /** From there until the last one has. */
  everywhereAfterMs: number
  /** What it was asked in some seconds after that. */
  callsAfter: number
}
type Bad = { service: SplitService; what: string; fault?: Partial<Fault>; cause: 'errors' | 'slow' }

/** A canary at half of the buyers goes bad: every gateway leaves it by itself. */
export async function rollBackStep(at: CanaryWorld, bad: Bad): Promise<RollBack> {
  const { world, operator, witness, release } = at
  const { service, what, fault, cause } = bad
  const [name, instance] = [`${service}-2`, `${service}-1`]
  world.say(`${service}: ${what}`)
  await world.load.freshSale() // so that there is something to buy and to pay
  await operator.set(service, { release, weightPercent: half, rollBack: quick })
  const beganAt = performance.now()
  if (fault) witness.suffer(instance, fault)
  else world.stack.holdDown(name)
  const wait = { limitMs: foundWithinMs, what: `${service} to be rolled back: ${what}` }
  await world.until(async () => (await operator.leftAt(service)) > 0, wait)
  const foundAt = performance.now()
  const everywhereAfterMs = await operator.leftEverywhere(service)
  await world.pause(settleMs)
  const sinceMs = Date.now()
  await world.pause(quietMs)
  const callsAfter = witness.seen(instance, sinceMs).length
  witness.suffer(instance, {})
  if (!fault) {
    world.stack.letUp(name)
    await world.stack.waitReady(name)
  }
  const { rolledBack } = (await operator.rules())[service] ?? {}
  const seen: RollBack = {
    service,
    what,
    cause: rolledBack?.cause ?? 'none',
    why: rolledBack?.why ?? '',
    foundAfterMs: Math.round(foundAt - beganAt),
    everywhereAfterMs,
    callsAfter,
  }
  const isFast = everywhereAfterMs <= everywhereWithinMs
  world.report.claim(
    `${service}: ${what}: every gateway leaves the canary within 2 s of the first, for good`,
    isFast && seen.cause === cause && callsAfter === 0,
    seen,
  )
  return seen
}
