import { acceptedBefore, acceptedSince, noteLoss } from '../lost-writes.ts'
import { withRedis } from '../redis.ts'
import type { Scene } from '../scene.ts'
import { sellFresh, unrecorded } from './redis-tail.ts'

const waitsMaxMs = 3_000 // what was accepted before that is long in the ledger
const acceptedWithinMs = 20_000

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
    const { forgotten } = await noteLoss(world, acceptedBefore(world, from - waitsMaxMs, ended))
    world.report.claim('accepted orders were in Redis alone', forgotten > 0, forgotten)
  },
}
