import { acceptedBefore, acceptedSince, noteLoss } from '../lost-writes.ts'
import { ordersInRedis } from '../redis.ts'
import type { Scene, World } from '../scene.ts'
import { isDown, sellFresh, unrecorded } from './redis-tail.ts'

const onItsWayMs = 1_000 // what was given just before may not have reached the copy either
const salesLately = 6
const acceptedWithinMs = 40_000
const downWithinMs = 10_000

/** The copy of Redis lags behind, and is made the server after the server's death. */
export const redisPromoted: Scene = {
  name: 'redis-promoted',
  what: 'Redis is killed while its copy lags behind, and the copy takes over',
  loses: true,
  async run(world) {
    const { stack } = world
    const former = stack.redisMaster()
    let lost = (): string[] => []
    await sellFresh(world)
    await world.strike({
      component: 'redis',
      way: 'promoted',
      async hit() {
        lost = await lagBehindAndDie(world)
        await stack.promoteReplica()
        return stack.redisMaster()
      },
    })
    stack.letUp(former)
    await stack.waitReady(former)
    await stack.rejoinReplica()
    const { forgotten } = await noteLoss(world, lost())
    const what = 'accepted orders are neither in the ledger nor in the copy that took over'
    world.report.claim(what, forgotten > 0, forgotten)
  },
}

/** What was accepted and the copy does not have; asked for later, when all answers have come. */
async function lagBehindAndDie(world: World): Promise<() => string[]> {
  const { stack, until, load } = world
  const [master, copy] = partsOf(world)
  const holding = unrecorded(world)
  stack.proxy('replication').stall()
  holding.begin()
  const from = performance.now()
  try {
    const limit = { limitMs: acceptedWithinMs, what: 'holds that the copy has not' }
    await until(() => holding.isEnough(acceptedSince(world, from)), limit)
    stack.holdDown(master)
    const ended = new Date()
    await until(() => isDown(world, master), { limitMs: downWithinMs, what: 'Redis to be down' })
    const lately = load.sales().slice(-salesLately)
    const saleIds = lately.map(({ id }) => id)
    const known = await ordersInRedis(stack, copy, saleIds)
    return () => {
      const accepted = acceptedBefore(world, from - onItsWayMs, ended)
      return accepted.filter((orderId) => !known.has(orderId))
    }
  } finally {
    await holding.end()
  }
}

function partsOf({ stack }: World) {
  return stack.redisMaster() === 'redis'
    ? (['redis', 'redis-replica'] as const)
    : (['redis-replica', 'redis'] as const)
}
