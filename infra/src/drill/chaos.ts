import { PlainError } from '../plain-error.ts'
import type { Card } from './deck.ts'
import type { Blow, World } from './scene.ts'
import { type Component, instancesOf } from './strike.ts'

const frozenMs = { least: 2_000, most: 10_000 }
const cutOffMs = { least: 1_000, most: 5_000 }
const slowedMs = { least: 3_000, most: 6_000 }
const delayMs = { least: 20, most: 120 }

/** One blow as the deck has it: which instance, and for how long, is drawn here. */
export async function playCard(world: World, { component, way }: Card): Promise<void> {
  const { random } = world
  const names = instancesOf(world.stack, component)
  const name = names[random.between(0, names.length - 1)]
  if (name === undefined) throw new PlainError(`there is no ${component} to strike`)
  const blow = { component, name, way }
  switch (way) {
    case 'killed':
      await world.strike({ ...blow, hit: () => killed(world, name) })
      return
    case 'frozen':
      await world.strike({ ...blow, ...frozen(world, name, ms(world, frozenMs)) })
      return
    case 'cut off':
    case 'slowed':
      await world.strike({ ...blow, ...onItsLine(world, component, way) })
      return
    case 'emptied':
    case 'promoted':
      throw new PlainError(`${way} is a scene of its own`)
  }
}

async function killed({ stack }: World, name: string): Promise<undefined> {
  stack.kill(name)
}

type Harm = Pick<Blow, 'hit' | 'heal'>

export function frozen({ stack, pause }: World, name: string, forMs: number): Harm {
  return {
    async hit() {
      stack.freeze(name)
      await pause(forMs)
      return undefined
    },
    heal: async () => void stack.thaw(name),
  }
}

function onItsLine(world: World, component: Component, way: 'cut off' | 'slowed'): Harm {
  if (component !== 'redis' && component !== 'postgres' && component !== 'bank') {
    throw new PlainError(`the line to ${component} has no proxy`)
  }
  const proxy = world.stack.proxy(component)
  return {
    async hit() {
      if (way === 'cut off') proxy.cut()
      else proxy.delay(ms(world, delayMs))
      await world.pause(ms(world, way === 'cut off' ? cutOffMs : slowedMs))
      return undefined
    },
    heal: () => proxy.restore(),
  }
}

function ms({ random }: World, { least, most }: { least: number; most: number }): number {
  return random.between(least, most)
}
