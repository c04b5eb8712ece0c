import { buyPath } from '../bench/bench-sale.ts'
import { checkBooks, type Told } from '../bench/books.ts'
import { openSoldOutSale } from '../bench/refused-variants.ts'
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
  const { saleId, told } = await openSoldOutSale({ world })
  return {
    world,
    sizes,
    payers: createPayers({ gateway, bank }),
    soldOutPath: buyPath(saleId),
    refused: 0,
    unpaid: [],
    sales: [{ saleId, told }],
    paid: 0,
  }
}

/** No figure counts unless every 202 is in the ledger, has its order, and each sale's audit is exact. */
export async function checkAllBooks({ world, sales }: Ground): Promise<void> {
  for (const { saleId, told } of sales) await checkBooks(world, saleId, told)
}
