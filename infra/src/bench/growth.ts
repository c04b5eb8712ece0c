import { openSale, redisBytes, retire } from './bench-sale.ts'
import { checkLedger } from './books.ts'
import { fillAndDrain } from './drain-ledger.ts'
import { type Intake, openIntake } from './intake.ts'
import type { World } from './world.ts'

const fillAtOnce = 20_000
const warmUpHolds = 2_000

/** What an attempt costs in a sale that has so many buyers. */
export type GrowthFigure = {
  buyers: number
  sample: number
  redisUs: number
  redisCpuUs: number
  redisBytes: number
  ledgerUs: number
  ledgerPerSecond: number
}
export const growthAim = 1.1 // of the cost in the smallest sale

/** The smallest is measured once more at the end: by so much the machine itself has changed. */
export async function measureGrowth(world: World): Promise<GrowthFigure[]> {
  const { buyers } = world.plan.growth
  const intake = openIntake(world)
  const warmUp = await openSale(world, warmUpHolds + 1)
  await fillAndDrain(world, intake, [warmUp], warmUpHolds)
  const figures: GrowthFigure[] = []
  for (const size of [...buyers, ...buyers.slice(0, 1)]) {
    const figure = await measureAt(world, intake, size)
    const { redisUs, ledgerUs } = figure
    world.say(
      `${size} buyers: Redis ${redisUs.toFixed(1)} µs, ledger ${ledgerUs.toFixed(0)} µs an attempt`,
    )
    figures.push(figure)
  }
  await intake.close()
  return figures
}

/** The last attempts of a sale of that size; of a small one several sales, for enough attempts. */
async function measureAt(world: World, intake: Intake, buyers: number): Promise<GrowthFigure> {
  const { sample } = world.plan.growth
  const last = Math.min(sample, Math.ceil(buyers / 2))
  const saleIds: string[] = []
  // One unit is left: when a sale is sold out there is other work, which grows with its buyers.
  while (saleIds.length * last < sample) saleIds.push(await openSale(world, buyers + 1))
  const told = saleIds.map((): string[] => [])
  const fill = async (holds: number) => {
    const drained = await fillAndDrain(world, intake, saleIds, holds)
    for (const [i, orderIds] of drained.orderIds.entries()) told[i]?.push(...orderIds)
    return drained
  }
  for (let left = buyers - last; left > 0; left -= fillAtOnce) {
    await fill(Math.min(left, fillAtOnce))
  }
  const { redis, cpuUs, perSecond } = await fill(last)
  const bytes = await redisBytes(world, saleIds[0] as string)
  for (const [i, saleId] of saleIds.entries()) {
    await checkLedger(world, saleId, { accepted: told[i] ?? [], unconfirmed: [] })
    await retire(world, saleId)
  }
  return {
    buyers,
    sample: saleIds.length * last,
    redisUs: redis.scriptUs,
    redisCpuUs: redis.cpuUs,
    redisBytes: bytes / buyers,
    ledgerUs: cpuUs,
    ledgerPerSecond: perSecond,
  }
}
