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
  const before = { position: await eventsGivenOut(world), holds: await countHolds(world, saleIds) }
  const filled = await whileLedgerWaits(world, saleIds, async () => {
    const usBefore = await scriptUs(redis)
    const orderIds: string[][] = []
    for (const saleId of saleIds) orderIds.push(await intake.take(saleId, holdsEach))
    return { orderIds, us: (await scriptUs(redis)) - usBefore }
  })
  const cpuBefore = world.cpu()
  const startedAt = performance.now()
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
    redisUs: filled.us / count,
  }
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
