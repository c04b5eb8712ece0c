import type { Random } from '@flashsale/simulation/random.ts'
import { type Component, components, type Way } from './strike.ts'

/** One blow of the chaos: what, and how. */
export type Card = { component: Component; way: Way }

const proxied = ['redis', 'postgres', 'bank'] as const

/**
 * Blows without end, in an order that the seed decides. Each round kills every component once and
 * freezes one and cuts off or slows one besides, so that each gets its share of everything.
 */
export function createDeck(random: Random) {
  const frozen = endless(random, components)
  const lines = endless(
    random,
    proxied.flatMap((component) => [
      { component, way: 'cut off' as const },
      { component, way: 'slowed' as const },
    ]),
  )
  let cards: Card[] = []

  function deal(): Card[] {
    const kills = components.map((component) => ({ component, way: 'killed' as const }))
    return random.shuffle([...kills, { component: frozen(), way: 'frozen' as const }, lines()])
  }

  return function next(): Card {
    if (cards.length === 0) cards = deal()
    return cards.shift() as Card
  }
}
export type Deck = ReturnType<typeof createDeck>

/** Every item once, shuffled, before any comes again. */
function endless<T>(random: Random, items: readonly T[]): () => T {
  let left: T[] = []
  return () => {
    if (left.length === 0) left = random.shuffle(items)
    return left.shift() as T
  }
}
