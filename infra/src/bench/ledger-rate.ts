import { openSale, retire } from './bench-sale.ts'
import { checkBooks } from './books.ts'
import { fillAndDrain } from './drain-ledger.ts'
import { openIntake } from './intake.ts'
import { copyPerSecond, singleCommitsPerSecond } from './postgres-limits.ts'
import { pairedRatios, type Spread, spread } from './statistics.ts'
import type { World } from './world.ts'

const kafkaTimeoutMs = 60_000
const warmUpHolds = 2_000
const commitsMs = 2_000

export type LedgerFigure = {
  holdsPerSecond: Spread
  cpuUs: Spread
  copyPerSecond: Spread
  singleCommitsPerSecond: Spread
  ofCopy: Spread
  ofSingleCommits: Spread
}
export const ledgerAims = { ofCopy: 0.33, ofSingleCommits: 3 }

/** The ledger's writer beside COPY and single commits of the same rows; Kafka is away meanwhile. */
export async function measureLedger(world: World): Promise<LedgerFigure> {
  const { rounds, holds } = world.plan.ledger
  const { stack } = world
  const intake = openIntake(world)
  const sales: { saleId: string; orderIds: string[] }[] = []
  const drain = async (count: number) => {
    const saleId = await openSale(world, count + 1) // a sell-out has work of its own
    const drained = await fillAndDrain(world, intake, [saleId], count)
    sales.push({ saleId, orderIds: drained.orderIds.flat() })
    return { saleId, ...drained }
  }
  const writer: number[] = []
  const cpu: number[] = []
  const copy: number[] = []
  const single: number[] = []
  stack.holdDown('kafka')
  try {
    await drain(warmUpHolds)
    for (let round = 1; round <= rounds; round++) {
      const drained = await drain(holds)
      writer.push(drained.perSecond)
      cpu.push(drained.cpuUs)
      copy.push(await copyPerSecond(world, drained.saleId))
      single.push(await singleCommitsPerSecond(world, commitsMs))
      const rates = [writer, copy, single].map((each) => Math.round(each.at(-1) ?? 0))
      world.say(`ledger, round ${round} of ${rounds}: holds/s written, by COPY, single: ${rates}`)
    }
  } finally {
    stack.letUp('kafka')
  }
  await stack.waitReady('kafka', kafkaTimeoutMs)
  world.say('Kafka is back; every hold becomes an order')
  for (const { saleId, orderIds } of sales) {
    await checkBooks(world, saleId, { accepted: orderIds, unconfirmed: [] })
    await retire(world, saleId)
  }
  await intake.close()
  return {
    holdsPerSecond: spread(writer),
    cpuUs: spread(cpu),
    copyPerSecond: spread(copy),
    singleCommitsPerSecond: spread(single),
    ofCopy: pairedRatios(writer, copy),
    ofSingleCommits: pairedRatios(writer, single),
  }
}
