import type { Random } from '@flashsale/simulation/random.ts'
import { playCard } from './chaos.ts'
import type { Deck } from './deck.ts'
import { dueScenes } from './programme.ts'
import type { Scene, World } from './scene.ts'

const warmUpMs = 3_000
const overtimeMax = 1.4 // of the time, for scenes that a busy machine has made late
const betweenMs = { least: 200, most: 1_000 }

type Run = { world: World; scenes: readonly Scene[]; deck: Deck; minutes: number; random: Random }

/** Scenes spread over the time and blows by the deck between them; what fails is told, and it goes on. */
export async function playProgramme({ world, scenes, deck, minutes, random }: Run): Promise<void> {
  const lastsMs = minutes * 60_000
  const startedAt = performance.now()
  const left = [...scenes]
  const share = () => (performance.now() - startedAt) / lastsMs
  await world.pause(warmUpMs)
  while (share() < 1 && !world.isOver()) {
    const played = scenes.length - left.length
    const scene = played < dueScenes(scenes.length, share()) ? left.shift() : undefined
    if (scene) await playScene(world, scene)
    else await playScene(world, { name: 'chaos', run: (inside) => playCard(inside, deck()) })
    await world.pause(random.between(betweenMs.least, betweenMs.most))
  }
  for (const scene of left) {
    if (share() < overtimeMax) await playScene(world, scene)
    else world.report.fail(`${scene.name} was not played: no time was left`)
  }
}

export async function playScene(world: World, scene: Pick<Scene, 'name' | 'run'>): Promise<void> {
  const { report, say } = world
  report.enter(scene.name)
  if (scene.name !== 'chaos') say(`— ${scene.name}`)
  try {
    await scene.run(world)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    report.fail(why)
    say(`FAILED ${scene.name}: ${why}`)
  }
}
