/** A small seeded generator (mulberry32): the same seed gives the same numbers, on every machine. */
export function createRandom(seed: number) {
  let state = seed >>> 0

  /** From 0 up to, but not, 1. */
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))

  return {
    next,
    between,
    chance: (probability: number) => next() < probability,
    shuffle<T>(items: readonly T[]): T[] {
      const shuffled = [...items]
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = between(0, last)
        const item = shuffled[last] as T
        shuffled[last] = shuffled[other] as T
        shuffled[other] = item
      }
      return shuffled
    },
    /** One of the names, as often as its weight says. */
    pick<Name extends string>(weights: Partial<Record<Name, number>>): Name {
      const entries = Object.entries(weights) as [Name, number][]
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [name, weight] of entries) {
        left -= weight
        if (left < 0) return name
      }
      return (entries.at(-1) as [Name, number])[0]
    },
  }
}
export type Random = ReturnType<typeof createRandom>
