import type { World } from '../bench/world.ts'
import { rush } from './rush.ts'
import type { RushFigure } from './rush-figure.ts'
import type { Sizes } from './sizes.ts'

export type RatesFigure = {
  /** At the rate of the target. */
  target: RushFigure
  /** Shorter ones, in the order in which they were tried. */
  tried: RushFigure[]
  /** The highest rate at which every row was met; undefined where none was. */
  highestPerSecond: number | undefined
}

/** The target's rate first; then up while the targets hold, or down until they do. */
export async function measureRates(world: World, sizes: Sizes): Promise<RatesFigure> {
  world.say('warming up')
  await rush(world, sizes, sizes.warmUp)
  const target = await rush(world, sizes, sizes)
  const tried: RushFigure[] = []
  const { down, up, spanMs } = sizes.search
  for (const perSecond of target.holds ? up : down) {
    const figure = await rush(world, sizes, { perSecond, spanMs })
    tried.push(figure)
    if (figure.holds !== target.holds) break
  }
  const held = [target, ...tried].filter(({ holds }) => holds).map((figure) => figure.perSecond)
  const highestPerSecond = held.length > 0 ? Math.max(...held) : undefined
  return { target, tried, highestPerSecond }
}
