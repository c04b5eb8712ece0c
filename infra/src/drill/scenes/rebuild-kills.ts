import { ledgerEpochs } from '../ledger.ts'
import { noteLoss } from '../lost-writes.ts'
import { redisEpochs } from '../redis.ts'
import type { Scene, World } from '../scene.ts'
import { createTail, unrecorded } from './redis-tail.ts'
import { killAt } from './stop-at.ts'

/** R3: killed in the middle of a rebuild, after the fence went up. */
export const killedRaising: Scene = {
  name: 'killed-epoch-raised',
  what: 'inventory is killed in a rebuild, after it raised the epoch in the ledger',
  loses: true,
  run: (world) => killInRebuild(world, 'epoch-raised'),
}

/** R3: killed in the middle of a rebuild, before the switch to what it has staged. */
export const killedStaging: Scene = {
  name: 'killed-staged',
  what: 'inventory is killed in a rebuild, with the next epoch staged and not switched to',
  loses: true,
  run: (world) => killInRebuild(world, 'staged'),
}

async function killInRebuild(world: World, failpoint: 'epoch-raised' | 'staged'): Promise<void> {
  const { stack, load, report } = world
  const tail = createTail(world, unrecorded(world))
  report.begin('redis') // its audits may say so; the blow that is measured is the one to inventory
  try {
    await tail.hit()
    const place = { service: 'inventory', failpoint, passes: 1 } as const // maybe one sale, once
    const killing = killAt(world, place, async () => {
      const saleIds = load.sales().map(({ id }) => id) // a sale that is over is rebuilt too
      const [ledger, redis] = await Promise.all([
        ledgerEpochs(stack, saleIds),
        redisEpochs(stack, saleIds),
      ])
      const between = saleIds.filter((id) => (ledger.get(id) ?? 0) > (redis.get(id) ?? 0))
      const what = 'the ledger has a higher epoch than Redis'
      report.claim(what, between.length > 0, between.length)
    })
    await tail.heal()
    await killing
  } finally {
    report.over('redis')
  }
  await noteLoss(world, tail.lost())
}
