import { buyPath, openSale, saleBecomes } from '../bench/bench-sale.ts'
import { checkBooks, checkLedger, type Told } from '../bench/books.ts'
import { buyRequest } from '../bench/load/load.ts'
import { ThrownAway } from '../bench/thrown-away.ts'
import type { World } from '../bench/world.ts'
import { createPayers, type Payers, type Unpaid } from './payers.ts'
import type { StepSizes } from './step-load.ts'

/** What the steps share: a sale that refuses everyone, and orders that are still to be paid. */
export type Ground = {
  world: World
  sizes: StepSizes
  payers: Payers
  /** Where every attempt is refused. */
  soldOutPath: string
  /** Buyers who were refused so far: each asks once, for in a rush every token is seen for the first time. */
  refused: number
  unpaid: Unpaid[]
  /** Every sale that gave anything, with what its buyers were told. */
  sales: { saleId: string; told: Told }[]
  /** Orders whose payment the bank took. */
  paid: number
}

export async function prepareGround(world: World, sizes: StepSizes): Promise<Ground> {
  const { gateway, bank } = world.stack.addresses
  const saleId = await openSale(world, 1)
  const report = await world.generator.run({
    port: world.gatewayPort,
    requests: [buyRequest({ path: buyPath(saleId), token: world.sign('first') })],
    connections: 1,
    spanMs: 2_000,
    expect: { status: 202 },
  })
  if (report.accepted.length !== 1) throw new ThrownAway('the only unit could not be bought')
  await checkLedger(world, saleId, report)
  await saleBecomes(world, saleId, 'sold-out')
  return {
    world,
    sizes,
    payers: createPayers({ gateway, bank }),
    soldOutPath: buyPath(saleId),
    refused: 0,
    unpaid: [],
    sales: [{ saleId, told: report }],
    paid: 0,
  }
}

/** No figure counts unless every 202 is in the ledger, has its order, and each sale's audit is exact. */
export async function checkAllBooks({ world, sales }: Ground): Promise<void> {
  for (const { saleId, told } of sales) await checkBooks(world, saleId, told)
}
