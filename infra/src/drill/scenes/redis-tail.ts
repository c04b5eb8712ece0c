import { join } from 'node:path'
import { type AofMark, cutAof, markAof } from '../aof-tail.ts'
import { ordersInLedger } from '../ledger.ts'
import { acceptedBefore, acceptedSince, noteLoss } from '../lost-writes.ts'
import { withRedis } from '../redis.ts'
import type { Scene, World } from '../scene.ts'

const acceptedMin = 25
const acceptedWithinMs = 40_000
const downWithinMs = 10_000

/** Redis comes back without its last seconds, of which the ledger knows nothing. */
export const redisLosesHolds: Scene = {
  name: 'redis-loses-holds',
  what: 'Redis is killed and its AOF tail cut off, with accepted holds that the ledger has not',
  loses: true,
  async run(world) {
    const tail = createTail(world, unrecorded(world))
    const { component, way, hit, heal } = tail
    await world.strike({ component, way, hit, heal })
    const { forgotten } = await noteLoss(world, tail.lost())
    const what = 'accepted orders are neither in the ledger nor in the Redis that came back'
    world.report.claim(what, forgotten > 0, forgotten)
  },
}

/** Redis comes back without its last seconds; the ledger has them all. */
export const redisBehindLedger: Scene = {
  name: 'redis-behind-ledger',
  what: 'Redis is killed and its AOF tail cut off, with holds that only the ledger still knows',
  loses: true,
  async run(world) {
    const { stack } = world
    const tail = createTail(world, {
      begin: () => {},
      isEnough: async (accepted) => {
        return (await ordersInLedger(stack, accepted)).size >= acceptedMin
      },
      end: async () => {},
    })
    const { component, way, hit, heal } = tail
    await world.strike({ component, way, hit, heal })
    const { recorded } = await noteLoss(world, tail.lost())
    const what = 'accepted orders are in the ledger and not in the Redis that came back'
    world.report.claim(what, recorded > 0, recorded)
  },
}

type Holding = {
  begin(): void
  isEnough(orderIds: string[]): Promise<boolean>
  end(): Promise<void>
}

/** No writer gets a hold into the ledger until Redis is down: they are in the stream alone. */
export function unrecorded({ stack }: World): Holding {
  return {
    begin: () => stack.proxy('postgres').stall(),
    isEnough: async (accepted) => accepted.length >= acceptedMin,
    end: () => stack.proxy('postgres').restore(),
  }
}

/** A blow to Redis that cuts off what it appended last. */
export function createTail(world: World, holding: Holding) {
  const { stack, until } = world
  const master = stack.redisMaster()
  const folder = join(stack.stateDir, master)
  let [from, ended] = [0, new Date()]
  let kept: Buffer = Buffer.alloc(0)

  async function cut(mark: AofMark): Promise<void> {
    try {
      await until(() => holding.isEnough(acceptedSince(world, from)), {
        limitMs: acceptedWithinMs,
        what: `${acceptedMin} holds to be lost`,
      })
      stack.holdDown(master)
      ended = new Date()
      await until(() => isDown(world, master), { limitMs: downWithinMs, what: 'Redis to be down' })
      kept = cutAof(mark)
    } finally {
      await holding.end()
    }
  }

  return {
    component: 'redis' as const,
    way: 'killed' as const,
    async hit() {
      await oneFile(world)
      await sellFresh(world)
      holding.begin()
      const mark = markAof(folder)
      from = performance.now()
      await cut(mark)
      return master
    },
    heal: async () => stack.letUp(master),
    /** Accepted orders that the Redis which came back cannot know. */
    lost: () => acceptedBefore(world, from, ended).filter((orderId) => !kept.includes(orderId)),
  }
}

/** A sale with units for all who come, and its first holds. */
export async function sellFresh({ load, until }: World): Promise<void> {
  const sale = await load.freshSale()
  await until(() => sale.receipts().length >= acceptedMin, {
    limitMs: acceptedWithinMs,
    what: 'the first holds of a fresh sale',
  })
}

/** A file that is rewritten meanwhile would have no tail to cut. */
function oneFile({ stack }: World) {
  return withRedis(stack, stack.redisMaster(), (redis) => {
    return redis.config('SET', 'auto-aof-rewrite-percentage', '0')
  })
}

export function isDown({ stack }: World, part: string): boolean {
  return stack.status().some(({ name, state }) => name === part && state === 'held-down')
}
