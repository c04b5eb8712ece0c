import type { World } from '../drill/scene.ts'
import type { Operator } from './operator.ts'
import { readShares, type Seen, type Shares, shareOf } from './shares.ts'
import type { Witness } from './witness.ts'

const holdMs = 10_000
const settleMs = 1_000 // calls that were on their way when the split changed
const limitMs = 30_000
const callsLeast = 100
const farOff = 0.2 // of buyers by so few buyers: a share of 0.5 is between 0.3 and 0.7

export type CanaryWorld = { world: World; operator: Operator; witness: Witness; release: string }
export type Split = { weightPercent: number; cohort?: string[]; header?: boolean }
export const quick = { windowSeconds: 20, callsMin: 50 } // a run of minutes judges soon

/** How fast all gateways went by a rule, and who was served by whom while it held. */
export async function heldFor(at: CanaryWorld, step: string, split: Split, ms = holdMs) {
  const { world, operator, witness, release } = at
  world.say(step)
  const wanted = { release, ...split, rollBack: quick }
  const everywhereMs = await operator.set('order', wanted)
  await operator.set('payment', wanted)
  await world.pause(settleMs)
  const fromMs = Date.now()
  await world.pause(ms)
  const untilMs = Date.now()
  await world.pause(settleMs) // until it is written down
  const seen = readShares(witness, world.load.receipts(), { step, fromMs, untilMs })
  return { seen, everywhereMs }
}

/** From nobody to half of the buyers, and then those of a cohort alone. */
export async function splitSteps(
  at: CanaryWorld,
): Promise<{ shares: Shares[]; slowestMs: number }> {
  const { world } = at
  const none = await heldFor(at, 'weight 0', { weightPercent: 0 }, holdMs / 2)
  claim(world, 'weight 0: nobody gets the canary', none.seen, none.seen.canaryCalls === 0)
  const some = await heldFor(at, 'weight 10', { weightPercent: 10 })
  claimShare(world, some.seen, 0.1)
  const half = await heldFor(at, 'weight 50', { weightPercent: 50 })
  claimShare(world, half.seen, 0.5)
  const gone = some.seen.onCanary.intersection(half.seen.onStable).size
  world.report.claim('from 10 to 50: nobody goes back from the canary to stable', gone === 0, {
    onCanaryBefore: some.seen.onCanary.size,
    backOnStable: gone,
  })
  const cohort = await heldFor(at, 'cohort B-1*', { weightPercent: 0, cohort: ['B-1*'] })
  const { onCanary, onStable } = cohort.seen
  const isIn = (buyer: string) => buyer.startsWith('B-1')
  const isExact = [...onCanary].every(isIn) && ![...onStable].some(isIn)
  claim(
    world,
    'a cohort gets the canary, and nobody else',
    cohort.seen,
    isExact && onCanary.size > 0,
  )
  const all = [none, some, half, cohort]
  return {
    shares: all.map(({ seen }) => told(seen)),
    slowestMs: Math.max(...all.map(({ everywhereMs }) => everywhereMs)),
  }
}

/** One buyer asks for the other release, in a header. */
export async function headerStep({ world, operator, witness, release }: CanaryWorld) {
  await operator.set('order', { release, weightPercent: 0, header: true, rollBack: quick })
  await world.pause(settleMs)
  const receipt = await world.until(
    () => world.load.receipts().find(({ end, orderId }) => end && orderId !== undefined),
    { limitMs, what: 'an order that has ended' },
  )
  const url = `${world.stack.addresses.gateway}/v1/orders/${receipt.orderId}`
  const since = Date.now()
  const ask = (track?: string) =>
    fetch(url, {
      headers: {
        authorization: `Bearer ${receipt.token}`,
        ...(track && { 'x-flashsale-track': track }),
      },
    })
  await (await ask()).arrayBuffer()
  await (await ask('canary')).arrayBuffer()
  const count = (instance: string) =>
    witness.seen(instance, since).filter(({ path }) => path.endsWith(String(receipt.orderId)))
      .length
  const wait = { limitMs, what: 'both calls to be written down' }
  await world.until(() => count('order-0') >= 1 && count('order-1') >= 1, wait)
  world.report.claim('a header asks for the canary, and without it is stable', true, {
    stable: count('order-0'),
    canary: count('order-1'),
  })
}

const told = ({ onStable: _, onCanary: __, ...shares }: Seen): Shares => shares

function claim(world: World, what: string, seen: Seen, holds: boolean): void {
  world.report.claim(what, holds, told(seen))
}

function claimShare(world: World, seen: Seen, wanted: number): void {
  const enough = seen.stableCalls + seen.canaryCalls >= callsLeast
  const isNear = Math.abs(shareOf(seen) - wanted) <= farOff && seen.canaryCalls > 0
  claim(world, `${seen.step}: about that share of the calls`, seen, enough && isNear)
  claim(world, `${seen.step}: no buyer is served by both`, seen, enough && seen.ofBoth === 0)
}
