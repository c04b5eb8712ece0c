import { OrderId } from '@flashsale/contracts/ids.ts'
import { deadlineOf } from '@flashsale/contracts/order-id.ts'
import { copiesLeftOut } from '../copies.ts'
import { openReturns, ordersInLedger, returnsDone } from '../ledger.ts'
import { ordersInRedis, ordersInStreams } from '../redis.ts'
import type { Scene, World } from '../scene.ts'
import { sellFresh } from './redis-tail.ts'
import { killAt, type Place } from './stop-at.ts'

const attemptLivesMs = 1_000
const othersAnswerMs = 700 // what the other instance has in hand is answered by then
const triesMax = 3
const afterwardsMs = 40_000 // a lease or a consumer's session has to run out first

/** DESIGN.md section 7: reserve.lua ran, nobody was told. */
export const killedReserving: Scene = {
  name: 'killed-reserved',
  what: 'inventory is killed after reserve.lua and before its answer: units taken, nobody told',
  run: (world) =>
    untilSeen(world, 'orders have units in Redis and no buyer was told', async () => {
      let untold = 0
      await sellFresh(world)
      await killAt(world, { service: 'inventory', failpoint: 'reserved' }, async () => {
        const stoppedAt = Date.now()
        await world.pause(othersAnswerMs)
        untold = await untoldOrders(world, stoppedAt)
      })
      return untold
    }),
}

/** What a process has in hand when it is killed is chance: a batch of refusals shows nothing. */
async function untilSeen(world: World, what: string, kill: () => Promise<number>): Promise<void> {
  let seen = 0
  for (let tries = 0; seen === 0 && tries < triesMax; tries++) seen = await kill()
  world.report.claim(what, seen > 0, seen)
}

/** Asked for before the process stopped, in Redis now, and in no buyer's hand. */
async function untoldOrders({ stack, load }: World, stoppedAt: number): Promise<number> {
  const saleIds = load.open().map(({ id }) => id)
  const told = new Set(load.latestReceipts().map(({ orderId }) => orderId))
  const known = await ordersInRedis(stack, stack.redisMaster(), saleIds)
  return [...known].filter((orderId) => {
    const askedAt = deadlineOf(OrderId.parse(orderId)) - attemptLivesMs
    return askedAt < stoppedAt && !told.has(orderId)
  }).length
}

/** DESIGN.md section 7: the ledger has committed, the stream still has the entries. */
export const killedRecording: Scene = {
  name: 'killed-recorded',
  what: 'inventory is killed after the ledger commit and before it acknowledged the stream entries',
  run: (world) =>
    untilSeen(world, 'holds are in the ledger and still in the stream', () => killRecorded(world)),
}

/** How many holds were seen in both. None, when the batch was a closed sale's withdrawal. */
async function killRecorded(world: World): Promise<number> {
  const { stack, load } = world
  let twice = 0
  await sellFresh(world)
  await killAt(world, { service: 'inventory', failpoint: 'recorded' }, async () => {
    await world.pause(othersAnswerMs)
    const saleIds = load.sales().map(({ id }) => id) // it may just have been closed
    const inStreams = await ordersInStreams(stack, saleIds)
    twice = (await ordersInLedger(stack, inStreams)).size
  })
  return twice
}

/** DESIGN.md section 7: Kafka has the events, the outbox still has the rows. */
export const killedPublishing: Scene = {
  name: 'killed-published',
  what: 'inventory is killed after it published events and before it took them from the outbox',
  run: (world) => seesCopies(world, { service: 'inventory', failpoint: 'published' }),
}

/** DESIGN.md section 7: the consumer's transaction is committed, its offset is not. */
export const killedHandling: Scene = {
  name: 'killed-handled',
  what: 'order is killed after a batch of events was committed and before its offset was',
  run: (world) => seesCopies(world, { service: 'order', failpoint: 'handled' }),
}

/** Not chance: what is on record there must come again. Killed once. */
async function seesCopies(world: World, place: Place): Promise<void> {
  await sellFresh(world)
  const copies = await copiesLeftOut(world.stack, 'order')
  if (!(await killAt(world, place, async () => {}))) return
  const wait = { limitMs: afterwardsMs, what: 'copies of events' }
  const seen = await world.until(async () => (await copies()) || false, wait).catch(() => 0)
  world.report.claim('the same events came again, and were left out', seen > 0, seen)
}

/** DESIGN.md section 7: units are free in the ledger, Redis has still to be told. */
export const killedReturning: Scene = {
  name: 'killed-returning',
  what: 'inventory is killed after units came back in the ledger and before Redis has them',
  async run(world) {
    const { stack, report } = world
    await killAt(world, { service: 'inventory', failpoint: 'returning' }, async () => {
      const open = await openReturns(stack)
      report.claim('units are free in the ledger and not in Redis', open.length > 0, open.length)
    })
    const open = await openReturns(stack)
    const wait = { limitMs: afterwardsMs, what: 'these units to be in Redis again' }
    const areBack = await world.until(() => returnsDone(stack, open), wait).catch(() => false)
    report.claim('another process gave them to Redis', areBack)
  },
}
