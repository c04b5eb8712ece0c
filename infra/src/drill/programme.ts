import type { Random } from '@flashsale/simulation/random.ts'
import type { Scene } from './scene.ts'

const lossesPerMinute = 0.62 // eleven in eighteen minutes

/**
 * The scenes of one run: each at least once, those that lose Redis' writes again and again, in an order
 * that the seed decides.
 */
export function programmeOf(scenes: readonly Scene[], minutes: number, random: Random): Scene[] {
  const losing = scenes.filter(({ loses }) => loses)
  const wanted = Math.max(losing.length, Math.ceil(lossesPerMinute * minutes))
  const again = Array.from({ length: wanted }, (_, index) => losing[index % losing.length])
  const once = scenes.filter(({ loses }) => !loses)
  return random.shuffle([...once, ...again.filter((scene) => scene !== undefined)])
}

/** How many scenes should have been played when so much of the time is over: they are spread evenly. */
export function dueScenes(total: number, share: number): number {
  return Math.min(total, Math.floor(total * share + 1))
}
