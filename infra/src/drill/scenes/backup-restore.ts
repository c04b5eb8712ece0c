import { recoverLedger } from '../../recover/recover-ledger.ts'
import { serviceEnvironments } from '../../recover/service-environments.ts'
import { ordersInLedger } from '../ledger.ts'
import { acceptedSince, askedAt, orderIdsOf } from '../lost-writes.ts'
import type { Scene, World } from '../scene.ts'
import { sellFresh } from './redis-tail.ts'

const ordersMin = 50
const ordersWithinMs = 40_000

/** Both Postgres servers are gone: a backup from before, the archive, and what others know. */
export const backupRestore: Scene = {
  name: 'backup-restore',
  what: 'Postgres is set back to a moment by its backup and its archive, and won back from there',
  needs: { archived: true },
  async run(world) {
    const { stack, load, report, say } = world
    await sellFresh(world)
    await stack.backUpPostgres()
    const before = await recordedSince(world, new Date(0))
    const moment = new Date()
    const later = await recordedSince(world, moment)
    let kept = new Set<string>()
    await world.strike({
      component: 'postgres',
      way: 'restored',
      async hit() {
        await stack.restorePostgres({ time: moment })
        kept = await ordersInLedger(stack, orderIdsOf(load.receipts()))
        await recover(world)
        return 'postgres'
      },
    })
    const early = [...before].filter((id) => kept.has(id)).length
    report.claim('all that was on record at the moment is restored', early === before.size, {
      onRecord: before.size,
      restored: early,
    })
    const tooLate = [...later].filter((id) => kept.has(id)).length
    report.claim('nothing that came after it is', tooLate === 0, { later: later.size, tooLate })
    const back = await ordersInLedger(stack, [...later])
    report.claim('and all of that is won back', back.size === later.size, {
      later: later.size,
      back: back.size,
    })
    say(`  ${before.size} orders restored, ${later.size} later ones gone and ${back.size} back`)
  },
}

/** Orders in the ledger that buyers asked for after that, once there are enough. */
async function recordedSince(world: World, moment: Date): Promise<Set<string>> {
  const enough = async () => {
    const asked = acceptedSince(world, 0).filter((id) => askedAt(id) > moment.getTime())
    const recorded = await ordersInLedger(world.stack, asked)
    return recorded.size >= ordersMin && recorded
  }
  return await world.until(enough, { limitMs: ordersWithinMs, what: `${ordersMin} orders` })
}

/** A restore is never the last step: Redis, Kafka and the bank are ahead of the ledger now. */
async function recover({ stack, report, say }: World): Promise<void> {
  const { stateDir, settings, addresses: to } = stack
  const environments = serviceEnvironments({ stateDir, settings, to })
  const recovery = await recoverLedger(environments, (line) => say(`  ${line}`))
  // A sale that was being made at the moment is made again by whoever made it.
  const open = recovery.open.filter(({ weight }) => weight !== 'sales')
  report.claim('no money, unit or order is left for a person', open.length === 0, recovery.open)
  report.claim('what was won back', recovery.wonBack.length > 0, recovery.wonBack)
}
