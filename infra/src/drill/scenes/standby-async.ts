import { type Recovery, recoverLedger } from '../../recover/recover-ledger.ts'
import { serviceEnvironments } from '../../recover/service-environments.ts'
import { ordersInLedger } from '../ledger.ts'
import { acceptedSince } from '../lost-writes.ts'
import type { Scene, World } from '../scene.ts'
import { sellFresh } from './redis-tail.ts'

const lostMin = 20
const lostWithinMs = 90_000
const heldWithinMs = 30_000
const quietMs = 2_000

type Loss = { lost: string[]; soldMeanwhile: number; recovery: Recovery }

/** A person promoted what lags behind: the ledger lacks holds that buyers, Kafka and the bank know. */
export const standbyAsync: Scene = {
  name: 'standby-async',
  what: 'an asynchronous standby without the last commits takes over: held, won back, exact',
  needs: { standby: 'asynchronous' },
  async run(world) {
    const { report, say } = world
    let loss: Loss | undefined
    await sellFresh(world)
    await world.strike({
      component: 'postgres',
      way: 'promoted',
      async hit() {
        loss = await loseAndRecover(world)
        return 'postgres-standby'
      },
    })
    if (!loss) throw new Error('nothing was lost')
    const { lost, soldMeanwhile, recovery } = loss
    const back = await ordersInLedger(world.stack, lost)
    report.claim('the standby that took over lacks committed holds', lost.length > 0, lost.length)
    report.claim('nothing is sold until a person has looked', soldMeanwhile === 0, soldMeanwhile)
    report.claim('every one of these holds is won back', back.size === lost.length, {
      lost: lost.length,
      back: back.size,
    })
    report.claim('nothing is left for a person', recovery.open.length === 0, recovery.open)
    report.claim('what was won back', recovery.wonBack.length > 0, recovery.wonBack)
    say(`  ${lost.length} committed holds lost and ${back.size} back after ${recovery.seconds} s`)
  },
}

async function loseAndRecover(world: World): Promise<Loss> {
  const { stack, until, say, pause } = world
  stack.lagStandby()
  const from = performance.now()
  const committed = async () => {
    const recorded = await ordersInLedger(stack, acceptedSince(world, from))
    return recorded.size >= lostMin ? recorded : undefined
  }
  const enough = { limitMs: lostWithinMs, what: `${lostMin} holds that the standby has not` }
  const recorded = await until(committed, enough)
  await stack.promoteStandby()
  const kept = await ordersInLedger(stack, [...recorded])

  await until(() => allAreHeld(world), { limitMs: heldWithinMs, what: 'all services to be held' })
  await pause(quietMs) // what was on its way has arrived
  const answeredBefore = acceptedSince(world, from).length
  await pause(quietMs)
  const soldMeanwhile = acceptedSince(world, from).length - answeredBefore
  const { stateDir, settings, addresses: to } = stack
  const environments = serviceEnvironments({ stateDir, settings, to })
  const recovery = await recoverLedger(environments, (line) => say(`  ${line}`))
  return { lost: [...recorded].filter((id) => !kept.has(id)), soldMeanwhile, recovery }
}

/** By each service's own word. */
async function allAreHeld({ stack }: World): Promise<boolean> {
  const parts = stack.status().filter(({ name }) => /^(inventory|order|payment)(-\d+)?$/.test(name))
  const held = parts.map(async ({ url }) => {
    const signal = AbortSignal.timeout(1_000)
    const metrics = await fetch(`${url}/metrics`, { signal }).then(
      (answer) => answer.text(),
      () => undefined, // one that was started again waits before it listens
    )
    return metrics === undefined || /^postgres_failed_over 1$/m.test(metrics)
  })
  return (await Promise.all(held)).every((one) => one)
}
