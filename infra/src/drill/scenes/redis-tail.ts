import { join } from 'node:path'
import type { Receipt } from '../../demo/receipts.ts'
import { type AofMark, cutAof, markAof, missingIn } from '../aof-tail.ts'
import { ordersInLedger } from '../ledger.ts'
import { tellRedis } from '../redis.ts'
import type { Scene, World } from '../scene.ts'

const acceptedMin = 25
const acceptedWithinMs = 20_000
const downWithinMs = 10_000

/** Redis comes back without its last seconds, of which the ledger knows nothing. */
export const redisLosesHolds: Scene = {
  name: 'redis-loses-holds',
  what: 'Redis is killed and its AOF tail cut off, with accepted holds that the ledger does not have',
  loses: true,
  async run(world) {
    const postgres = world.stack.proxy('postgres')
    const loss = await loseTail(world, {
      begin: async () => postgres.stall(), // no writer gets a hold into the ledger
      isEnough: async (accepted) => accepted.length >= acceptedMin,
      end: () => postgres.restore(),
    })
    const inLedger = await ordersInLedger(world.stack, loss)
    const forgotten = loss.filter((orderId) => !inLedger.has(orderId))
    for (const orderId of forgotten) world.report.forgotten.add(orderId)
    world.report.writesLost(loss.length)
    const what = 'accepted orders are neither in the ledger nor in the Redis that came back'
    world.report.claim(what, forgotten.length > 0, forgotten.length)
  },
}

/** Redis comes back without its last seconds; the ledger has them all. */
export const redisBehindLedger: Scene = {
  name: 'redis-behind-ledger',
  what: 'Redis is killed and its AOF tail cut off, with holds that only the ledger still knows',
  loses: true,
  async run(world) {
    const { stack, report } = world
    const loss = await loseTail(world, {
      begin: async () => {},
      isEnough: async (accepted) =>
        (await ordersInLedger(stack, idsOf(accepted))).size >= acceptedMin,
      end: async () => {},
    })
    const inLedger = await ordersInLedger(stack, loss)
    for (const orderId of loss)
      (inLedger.has(orderId) ? report.recorded : report.forgotten).add(orderId)
    report.writesLost(loss.length)
    const what = 'accepted orders are in the ledger and not in the Redis that came back'
    report.claim(what, inLedger.size > 0, inLedger.size)
  },
}

type Tail = {
  begin(): Promise<void>
  isEnough(accepted: Receipt[]): Promise<boolean>
  end(): Promise<void>
}

/** The orders that were accepted and that the Redis which came back cannot know. */
async function loseTail(world: World, { begin, isEnough, end }: Tail): Promise<string[]> {
  const { stack, load, until } = world
  const master = stack.redisMaster()
  const folder = join(stack.stateDir, master)
  await tellRedis(stack, ['CONFIG', 'SET', 'auto-aof-rewrite-percentage', '0']) // one file, one tail
  const sale = await load.freshSale()
  await until(() => sale.receipts().length >= acceptedMin, {
    limitMs: acceptedWithinMs,
    what: 'the first holds of a fresh sale',
  })
  let mark: AofMark | undefined
  let accepted: Receipt[] = []
  await world.strike({
    component: 'redis',
    way: 'killed',
    name: master,
    async hit() {
      await begin()
      mark = markAof(folder)
      const from = performance.now()
      await until(() => isEnough(acceptedSince(world, from)), {
        limitMs: acceptedWithinMs,
        what: `${acceptedMin} holds that will be lost`,
      }).finally(() => stack.holdDown(master))
      accepted = acceptedSince(world, from)
      await until(() => isDown(world, master), { limitMs: downWithinMs, what: 'Redis to be down' })
      cutAof(mark)
      await end()
      return undefined
    },
    heal: async () => void stack.letUp(master),
  })
  return mark ? missingIn(mark, idsOf(accepted)) : []
}

const isDown = ({ stack }: World, part: string) =>
  stack.status().some(({ name, state }) => name === part && state === 'held-down')

function acceptedSince({ load }: World, from: number): Receipt[] {
  return load.receipts().filter(({ acceptedAt }) => acceptedAt !== undefined && acceptedAt >= from)
}

const idsOf = (receipts: Receipt[]) =>
  receipts.map(({ orderId }) => orderId).filter((id) => id !== undefined)
