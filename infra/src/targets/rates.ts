import type { World } from '../bench/world.ts'
import { rush } from './rush.ts'
import type { RushFigure } from './rush-figure.ts'
import type { Sizes } from './sizes.ts'

/** Of sales with so many units for each attempt a second. */
export type RatesFigure = {
  stockSeconds: number
  /** At the rate of the target. */
  target: RushFigure
  /** Shorter ones, in the order in which they were tried. */
  tried: RushFigure[]
  /** The highest rate at which every row was met; undefined where none was. */
  highestPerSecond: number | undefined
}

export async function measureRates(world: World, sizes: Sizes): Promise<RatesFigure[]> {
  world.say('warming up')
  await rush(world, sizes, sizes.warmUp)
  const figures: RatesFigure[] = []
  for (const stockSeconds of sizes.stockSeconds) {
    figures.push(await searchRate(world, sizes, stockSeconds))
  }
  return figures
}

/** The target's rate first; then up while the targets hold, or down until they do. */
async function searchRate(world: World, sizes: Sizes, stockSeconds: number): Promise<RatesFigure> {
  const { perSecond, spanMs, search } = sizes
  const target = await rush(world, sizes, { perSecond, spanMs, stockSeconds })
  const tried: RushFigure[] = []
  for (const perSecond of target.holds ? search.up : search.down) {
    const figure = await rush(world, sizes, { perSecond, spanMs: search.spanMs, stockSeconds })
    tried.push(figure)
    if (figure.holds !== target.holds) break
  }
  const held = [target, ...tried].filter(({ holds }) => holds).map((figure) => figure.perSecond)
  const highestPerSecond = held.length > 0 ? Math.max(...held) : undefined
  return { stockSeconds, target, tried, highestPerSecond }
}
