import { setTimeout as sleep } from 'node:timers/promises'
import { openSale, retire } from './bench-sale.ts'
import { checkBooks, ordersExist } from './books.ts'
import { readCpu } from './cpu.ts'
import { type Intake, openIntake } from './intake.ts'
import { median } from './statistics.ts'
import type { World } from './world.ts'

const sampleEveryMs = 1_000

/** One second of the peak. */
export type PeakSample = {
  atMs: number
  accepted: number
  holds: number
  orders: number
  /** CPU of Postgres in the second before, as a share of one core. */
  postgres: number
}
export type PeakFigure = {
  /** Twice the rate of the road; it took so long where the machine could not do as much. */
  perSecond: number
  tookMs: number
  accepted: number
  samples: PeakSample[]
  /** From the last attempt to the last order. */
  drainMs: number
  /** Of Postgres' load while requests came: the highest second of the median one. */
  flatness: number
}

/** Intake at twice what the road takes: the stream grows, Postgres works as before, and all is written. */
export async function measurePeak(world: World, drainPerSecond: number): Promise<PeakFigure> {
  const { spanMs } = world.plan.peak
  const perSecond = 2 * drainPerSecond
  const count = Math.ceil((perSecond * spanMs) / 1_000)
  const intake = openIntake(world)
  const saleId = await openSale(world, count)
  const watch = watchRoad(world, intake, saleId)
  const startedAt = performance.now()
  const accepted = await intake.take(saleId, count, perSecond)
  const tookMs = performance.now() - startedAt
  const drainMs = await ordersExist(world, saleId, count)
  const samples = await watch.stop()
  await checkBooks(world, saleId, { accepted, unconfirmed: [] })
  await retire(world, saleId)
  await intake.close()
  const during = samples.filter(({ atMs }) => atMs > sampleEveryMs && atMs <= tookMs)
  const loads = during.map(({ postgres }) => postgres)
  const flatness = loads.length > 0 ? Math.max(...loads) / median(loads) : Number.NaN
  const drained = `drained ${Math.round(drainMs)} ms after the last attempt`
  world.say(`peak of ${Math.round((count * 1_000) / tookMs)}/s: ${drained}`)
  return { perSecond, tookMs, accepted: count, samples, drainMs, flatness }
}

function watchRoad(world: World, intake: Intake, saleId: string) {
  const samples: PeakSample[] = []
  const startedAt = performance.now()
  const postgres = world.processes().filter(({ name }) => name === 'postgres')
  const cpuMs = () => readCpu(postgres).postgres ?? 0
  let isOver = false
  const count = async (pool: World['ledger'], table: string) => {
    const sql = `select count(*)::int as n from ${table} where sale_id = $1`
    return (await pool.query<{ n: number }>(sql, [saleId])).rows[0]?.n ?? 0
  }
  const watch = async () => {
    let [before, beforeMs] = [cpuMs(), startedAt]
    while (!isOver) {
      await sleep(sampleEveryMs)
      const [now, nowMs] = [cpuMs(), performance.now()]
      const load = (now - before) / (nowMs - beforeMs)
      before = now
      beforeMs = nowMs
      const [atMs, accepted] = [Math.round(nowMs - startedAt), intake.accepted()]
      const holds = await count(world.ledger, 'holds')
      const orders = await count(world.orders, 'orders')
      samples.push({ atMs, accepted, holds, orders, postgres: load })
    }
  }
  const watching = watch()
  watching.catch(() => {}) // told by `stop`
  return {
    async stop(): Promise<PeakSample[]> {
      isOver = true
      await watching
      return samples
    },
  }
}
