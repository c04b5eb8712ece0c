import { services } from '../../parts/services.ts'
import type { Ended } from '../../supervisor/runner.ts'
import type { Scene, World } from '../scene.ts'
import { instancesOf } from '../strike.ts'

const endsWithinMs = 10_000
const two = { gateway: 2, inventory: 2, order: 2, payment: 2, kafka: 3 }

/** Every instance of every service by SIGTERM, the next one only when the one before is ready again. */
export const rollingRestart: Scene = {
  name: 'rolling-restart',
  what: 'every instance of every service is restarted, one after the other, while buyers come',
  needs: { scale: two }, // alone, so that what fails is not of another scene
  async run(world) {
    const before = world.load.requests()
    const ends: Ended[] = []
    for (const service of services) ends.push(...(await restartEach(world, service)))
    claimEnds(world, ends)
    claimNoneFailed(world, before)
    claimPaid(world)
  },
}

/** Drift 0 is read after each, as after any other blow. */
async function restartEach(world: World, service: (typeof services)[number]): Promise<Ended[]> {
  const ends: Ended[] = []
  await world.load.freshSale() // so that there is something to sell
  for (const name of instancesOf(world.stack, service)) {
    await world.strike({
      component: service,
      way: 'restarted',
      name,
      async hit() {
        const ended = await world.stack.restart(name)
        if (ended) ends.push(ended)
        return undefined
      },
    })
  }
  return ends
}

export function claimEnds({ report }: World, ends: readonly Ended[]): void {
  const isFine = ({ exitCode, tookMs }: Ended) => exitCode === 0 && tookMs < endsWithinMs
  const mostMs = Math.max(...ends.map(({ tookMs }) => tookMs))
  const seen = { restarts: ends.length, fine: ends.filter(isFine).length, mostMs }
  report.claim(`each one ended with exit 0 in ${endsWithinMs / 1_000} s`, ends.every(isFine), seen)
}

type Requests = ReturnType<World['load']['requests']>

export function claimNoneFailed({ report, load }: World, before: Requests): void {
  const after = load.requests()
  const failed = after.failed - before.failed
  const seen = {
    asked: after.asked - before.asked,
    failed,
    tryLater: after.tryLater - before.tryLater,
    ...(failed > 0 && { failures: after.failures }),
  }
  report.claim('no request of a buyer failed', failed === 0 && seen.asked > 0, seen)
}

/** Else nobody's money was on its way while that happened. */
export function claimPaid({ report, load }: World): void {
  const paid = load.receipts().filter(({ seen }) => seen === 'paid').length
  report.claim('buyers paid meanwhile', paid > 0, paid)
}
