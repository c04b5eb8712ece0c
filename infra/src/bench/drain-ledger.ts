import { setTimeout as sleep } from 'node:timers/promises'
import { whileLedgerWaits } from './bench-sale.ts'
import { cpuBetween, sumOf } from './cpu.ts'
import type { Intake } from './intake.ts'
import { scriptUs } from './redis-cost.ts'
import { ThrownAway } from './thrown-away.ts'
import type { World } from './world.ts'

const timeoutMs = 120_000
const lookEveryMs = 20

export type Drained = {
  /** Of each sale, in their order. */
  orderIds: string[][]
  /** Holds that the ledger wrote each second, their units and their events included. */
  perSecond: number
  /** CPU of all processes while it wrote, in microseconds a hold. */
  cpuUs: number
  /** Redis' own time in scripts while they were taken, in microseconds a hold. */
  redisUs: number
}

/** Takes so many holds of each sale while the ledger waits; then it writes them all, without a pause. */
export async function fillAndDrain(
  world: World,
  intake: Intake,
  saleIds: readonly string[],
  holdsEach: number,
): Promise<Drained> {
  const { redis } = world
  const count = holdsEach * saleIds.length
  const before = await lastPosition(world)
  const filled = await whileLedgerWaits(world, saleIds, async () => {
    const usBefore = await scriptUs(redis)
    const orderIds: string[][] = []
    for (const saleId of saleIds) orderIds.push(await intake.take(saleId, holdsEach))
    return { orderIds, us: (await scriptUs(redis)) - usBefore }
  })
  const cpuBefore = world.cpu()
  const startedAt = performance.now()
  while ((await lastPosition(world)) < before + count) {
    if (performance.now() - startedAt > timeoutMs) throw new ThrownAway('the ledger does not write')
    await sleep(lookEveryMs)
  }
  const seconds = (performance.now() - startedAt) / 1_000
  const cpu = cpuBetween(cpuBefore, world.cpu())
  return {
    orderIds: filled.orderIds,
    perSecond: count / seconds,
    cpuUs: (sumOf(cpu) * 1_000) / count,
    redisUs: filled.us / count,
  }
}

/** Each hold has one event, and nobody else writes any: cheaper to read than a count. */
async function lastPosition({ ledger }: World): Promise<number> {
  const { rows } = await ledger.query<{ last: string }>(
    'select position as last from outbox order by position desc limit 1',
  )
  return Number(rows[0]?.last ?? 0)
}
