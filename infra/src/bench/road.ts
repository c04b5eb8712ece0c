import { buyPath, openSale, retire, whileLedgerWaits } from './bench-sale.ts'
import { checkBooks, checkLedger, ordersExist } from './books.ts'
import { cpuBetween, sumOf } from './cpu.ts'
import { type Intake, openIntake } from './intake.ts'
import { buyRequest } from './load/load.ts'
import { singleCommitsPerSecond } from './postgres-limits.ts'
import { median, pairedRatios, quantile, type Spread, spread } from './statistics.ts'
import { ThrownAway } from './thrown-away.ts'
import type { World } from './world.ts'

const rushMaxMs = 60_000
const commitsMs = 2_000
const warmUpOrders = 1_000

export type RoadFigure = {
  orders: number
  /** Of a rush: its figures are of these alone. */
  accepted: Spread
  /** Orders each second out of holds that were all waiting in the stream. */
  ordersPerSecond: Spread
  /** The same from the first request of a rush on, to its last order. */
  rushPerSecond: Spread
  /** From the last answer of a rush to its last order. */
  drainMs: Spread
  /** CPU of all processes, in microseconds an order. */
  cpuUs: Spread
  singleCommitsPerSecond: Spread
  ofSingleCommits: Spread
  /** From hold to order, at half of `ordersPerSecond`. */
  steady: { perSecond: number; count: number; p50Ms: number; p99Ms: number }
}
export const roadAims = { ofSingleCommits: 1.5, drainMs: 5_000, steadyP99Ms: 1_000 }

/** Everything at work, from the buyer's request to the order's row. */
export async function measureRoad(world: World): Promise<RoadFigure> {
  const { rounds, orders } = world.plan.road
  const rushes: Rush[] = []
  const backlogs: number[] = []
  const single: number[] = []
  const intake = openIntake(world)
  await rush(world, warmUpOrders)
  for (let round = 1; round <= rounds; round++) {
    const one = await rush(world, orders)
    const backlog = await drainBacklog(world, intake, orders)
    const commits = await singleCommitsPerSecond(world, commitsMs)
    const [rate, drain] = [Math.round(one.perSecond), Math.round(one.drainMs)]
    world.say(
      `rush ${round} of ${rounds}: ${rate}/s, the last order ${drain} ms after the last answer`,
    )
    world.say(
      `  waiting holds ${Math.round(backlog)} orders/s, single commits ${Math.round(commits)}/s`,
    )
    rushes.push(one)
    backlogs.push(backlog)
    single.push(commits)
  }
  await intake.close()
  return {
    orders,
    accepted: spread(rushes.map(({ accepted }) => accepted)),
    ordersPerSecond: spread(backlogs),
    rushPerSecond: spread(rushes.map(({ perSecond }) => perSecond)),
    drainMs: spread(rushes.map(({ drainMs }) => drainMs)),
    cpuUs: spread(rushes.map(({ cpuUs }) => cpuUs)),
    singleCommitsPerSecond: spread(single),
    ofSingleCommits: pairedRatios(backlogs, single),
    steady: await steady(world, median(backlogs) / 2),
  }
}

type Rush = { accepted: number; perSecond: number; drainMs: number; cpuUs: number }

async function rush(world: World, orders: number): Promise<Rush> {
  const { saleId, requests } = await readySale(world, orders)
  const cpuBefore = world.cpu()
  const startedAt = performance.now()
  const report = await world.generator.run({
    port: world.gatewayPort,
    requests,
    connections: world.plan.connections,
    spanMs: rushMaxMs,
    expect: { status: 202, text: '"accepted"' },
  })
  const count = report.accepted.length
  const drainMs = await ordersExist(world, saleId, count)
  const seconds = (performance.now() - startedAt) / 1_000
  const cpu = cpuBetween(cpuBefore, world.cpu())
  await checkBooks(world, saleId, report)
  await retire(world, saleId)
  const cpuUs = (sumOf(cpu) * 1_000) / count
  return { accepted: count, perSecond: count / seconds, drainMs, cpuUs }
}

/** Orders each second, out of holds that were all taken before the ledger wrote the first. */
async function drainBacklog(world: World, intake: Intake, orders: number): Promise<number> {
  const saleId = await openSale(world, orders)
  const accepted = await whileLedgerWaits(world, [saleId], () => intake.take(saleId, orders))
  const seconds = (await ordersExist(world, saleId, orders)) / 1_000
  await checkBooks(world, saleId, { accepted, unconfirmed: [] })
  await retire(world, saleId)
  return orders / seconds
}

async function steady(world: World, perSecond: number): Promise<RoadFigure['steady']> {
  const { steadyMs } = world.plan.road
  const { saleId, requests } = await readySale(world, Math.ceil((perSecond * steadyMs) / 1_000))
  const report = await world.generator.run({
    port: world.gatewayPort,
    requests,
    connections: world.plan.latency.connections,
    spanMs: steadyMs,
    perSecond,
    expect: { status: 202, text: '"accepted"' },
  })
  const count = await checkLedger(world, saleId, report)
  await ordersExist(world, saleId, count)
  const lags = await holdToOrderMs(world, saleId)
  await checkBooks(world, saleId, report)
  await retire(world, saleId)
  world.say(
    `${Math.round(perSecond)}/s, from hold to order: p99 ${quantile(lags, 0.99).toFixed(0)} ms`,
  )
  return { perSecond, count, p50Ms: quantile(lags, 0.5), p99Ms: quantile(lags, 0.99) }
}

export async function readySale(world: World, buyers: number) {
  const saleId = await openSale(world, buyers)
  const path = buyPath(saleId)
  const token = (i: number) => world.sign(`${saleId}-${i}`)
  const requests = Array.from({ length: buyers }, (_, i) => buyRequest({ path, token: token(i) }))
  return { saleId, requests }
}

/** Redis and Postgres have the same clock here. The order's row has the time of its transaction. */
async function holdToOrderMs({ ledger, orders }: World, saleId: string): Promise<number[]> {
  type Row = { id: string; at: number }
  const ms = (column: string) => `extract(epoch from ${column})::float8 * 1000 as at`
  const holds = await ledger.query<Row>(
    `select order_id as id, ${ms('held_at')} from holds where sale_id = $1`,
    [saleId],
  )
  const rows = await orders.query<Row>(
    `select id, ${ms('created_at')} from orders where sale_id = $1`,
    [saleId],
  )
  const heldAt = new Map(holds.rows.map(({ id, at }) => [id, at]))
  return rows.rows.map(({ id, at }) => {
    const from = heldAt.get(id)
    if (from === undefined) throw new ThrownAway(`order ${id} has no hold`)
    return at - from
  })
}
