import { ordersInLedger } from '../ledger.ts'
import { acceptedBefore, acceptedSince, noteLoss } from '../lost-writes.ts'
import { withRedis } from '../redis.ts'
import type { Scene } from '../scene.ts'
import { sellFresh, unrecorded } from './redis-tail.ts'

const latelyMs = 3_000 // of what is older only that counts which nobody else knows
const acceptedWithinMs = 40_000

/** Somebody empties Redis: the same process, the same run id, and nothing in it. */
export const redisEmptied: Scene = {
  name: 'redis-emptied',
  what: 'Redis is emptied while it runs',
  loses: true,
  async run(world) {
    const { stack, until } = world
    const holding = unrecorded(world)
    let [from, ended] = [0, new Date()]
    await sellFresh(world)
    await world.strike({
      component: 'redis',
      way: 'emptied',
      name: stack.redisMaster(),
      async hit() {
        holding.begin()
        from = performance.now()
        try {
          const limit = { limitMs: acceptedWithinMs, what: 'holds to be forgotten' }
          await until(() => holding.isEnough(acceptedSince(world, from)), limit)
          await withRedis(stack, stack.redisMaster(), (redis) => redis.flushall())
          ended = new Date()
        } finally {
          await holding.end()
        }
        return undefined
      },
    })
    const { forgotten: earlier } = world.report
    const before = acceptedBefore(world, 0, ended).filter((orderId) => !earlier.has(orderId))
    const inLedger = await ordersInLedger(stack, before)
    const lately = new Set(acceptedBefore(world, from - latelyMs, ended))
    const lost = before.filter((orderId) => lately.has(orderId) || !inLedger.has(orderId))
    const { forgotten } = await noteLoss(world, lost)
    world.report.claim('accepted orders were in Redis alone', forgotten > 0, forgotten)
  },
}
