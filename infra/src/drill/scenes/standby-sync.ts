import { lostCommits, startCommitWitness } from '../commit-witness.ts'
import { ordersInLedger } from '../ledger.ts'
import { orderIdsOf } from '../lost-writes.ts'
import type { Scene } from '../scene.ts'
import { sellFresh } from './redis-tail.ts'

const commitsMin = 200
const commitsWithinMs = 30_000

/** The documented production setting: whoever was told "committed" was told so by two disks (R18). */
export const standbySync: Scene = {
  name: 'standby-sync',
  what: 'Postgres is killed for good and its synchronous standby takes over with every commit',
  needs: { standby: 'synchronous' },
  async run(world) {
    const { stack, load, report, say, until } = world
    await sellFresh(world)
    const witness = await startCommitWitness(stack.addresses.postgres)
    const enough = { limitMs: commitsWithinMs, what: `${commitsMin} commits` }
    await until(() => witness.acknowledged().length >= commitsMin, enough)
    const recorded = await ordersInLedger(stack, orderIdsOf(load.receipts()))
    let promotion = { takesWritesMs: 0, reachedMs: 0 }
    await world.strike({
      component: 'postgres',
      way: 'promoted',
      async hit() {
        promotion = await stack.promoteStandby()
        return 'postgres-standby'
      },
    })
    await witness.ended
    const acknowledged = witness.acknowledged()
    const lost = (await lostCommits(stack.addresses.postgres, acknowledged)).length
    report.claim('every commit that the dead primary acknowledged is there', lost === 0, {
      acknowledged: acknowledged.length,
      lost,
    })
    const kept = await ordersInLedger(stack, [...recorded])
    report.claim('every hold that was on record is there', kept.size === recorded.size, {
      onRecord: recorded.size,
      gone: recorded.size - kept.size,
    })
    report.claim('the standby takes writes', promotion.takesWritesMs > 0, promotion)
    say(`  ${acknowledged.length} commits acknowledged, ${lost} lost`)
    say(`  kill to first write, ms: ${JSON.stringify(promotion)}`)
  },
}
