import { setTimeout as sleep } from 'node:timers/promises'
import { whileLedgerWaits } from './bench-sale.ts'
import { cpuBetween, sumOf } from './cpu.ts'
import type { Intake } from './intake.ts'
import { costBetween, type RedisCost, redisCost } from './redis-cost.ts'
import { median } from './statistics.ts'
import { ThrownAway } from './thrown-away.ts'
import type { World } from './world.ts'

const timeoutMs = 120_000
const lookEveryMs = 20
const holdsAPiece = 1_024 // eight calls

export type Drained = {
  /** Of each sale, in their order. */
  orderIds: string[][]
  /** Holds that the ledger wrote each second, their units and their events included. */
  perSecond: number
  /** CPU of all processes while it wrote, in microseconds a hold. */
  cpuUs: number
  /** Of a hold, while they were taken. */
  redis: RedisCost
}

/** Takes so many holds of each sale while the ledger waits; then it writes them all, without a pause. */
export async function fillAndDrain(
  world: World,
  intake: Intake,
  saleIds: readonly string[],
  holdsEach: number,
): Promise<Drained> {
  const count = holdsEach * saleIds.length
  const before = { position: await eventsGivenOut(world), holds: await countHolds(world, saleIds) }
  const filled = await whileLedgerWaits(world, saleIds, () =>
    fill(world, intake, saleIds, holdsEach),
  )
  const startedAt = performance.now()
  const cpuBefore = world.cpu()
  while ((await lastEvent(world)) < before.position + count) {
    if (performance.now() - startedAt > timeoutMs) throw new ThrownAway('the ledger does not write')
    await sleep(lookEveryMs)
  }
  const seconds = (performance.now() - startedAt) / 1_000
  const cpu = cpuBetween(cpuBefore, world.cpu())
  const written = (await countHolds(world, saleIds)) - before.holds
  if (written !== count) throw new ThrownAway(`${written} of ${count} holds were written`)
  return {
    orderIds: filled.orderIds,
    perSecond: count / seconds,
    cpuUs: (sumOf(cpu) * 1_000) / count,
    redis: filled.redis,
  }
}

/** Redis' cost is the median of many pieces: one in which it had to wait for a core does not count. */
async function fill(world: World, intake: Intake, saleIds: readonly string[], holdsEach: number) {
  const orderIds = saleIds.map((): string[] => [])
  const costs: RedisCost[] = []
  for (const [i, saleId] of saleIds.entries()) {
    for (let left = holdsEach; left > 0; left -= holdsAPiece) {
      const holds = Math.min(left, holdsAPiece)
      const before = await redisCost(world.redis)
      const taken = await intake.take(saleId, holds)
      costs.push(costBetween(before, await redisCost(world.redis), holds))
      orderIds[i]?.push(...taken)
    }
  }
  const middle = (of: (cost: RedisCost) => number) => median(costs.map(of))
  const redis = {
    scriptUs: middle(({ scriptUs }) => scriptUs),
    cpuUs: middle(({ cpuUs }) => cpuUs),
  }
  return { orderIds, redis }
}

/** Each hold has one event and nothing else has any here: cheaper to look at than all holds. */
async function lastEvent({ ledger }: World): Promise<number> {
  return await numberOf(ledger, 'select max(position) as n from outbox')
}

/** Also of events that are published and gone. */
async function eventsGivenOut({ ledger }: World): Promise<number> {
  const sequence = "pg_get_serial_sequence('outbox', 'position')"
  return await numberOf(ledger, `select pg_sequence_last_value(${sequence}) as n`)
}

async function countHolds({ ledger }: World, saleIds: readonly string[]): Promise<number> {
  const sql = 'select count(*) as n from holds where sale_id = any($1::uuid[])'
  return await numberOf(ledger, sql, [saleIds])
}

async function numberOf(pool: World['ledger'], sql: string, values: unknown[] = []) {
  const { rows } = await pool.query<{ n: string | null }>(sql, values)
  return Number(rows[0]?.n ?? 0)
}
