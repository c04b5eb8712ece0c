import type { UnitRange } from './unit-ranges.ts'

const UNITS_A_CHUNK = 2_000

/**
 * Finds the units that are free: told every taken unit in rising order, it gives the numbers between
 * them that are not withdrawn, in chunks. `withdrawn` is sorted by its first units.
 */
export function createGapFinder(withdrawn: UnitRange[]) {
  let next = 1
  let range = 0

  const skipWithdrawn = () => {
    for (let at = withdrawn[range]; at && at.first <= next; at = withdrawn[++range]) {
      next = Math.max(next, at.last + 1)
    }
  }
  return {
    /** Free units below `taken` that were not given yet; the next call begins behind it. */
    *upTo(taken: number): Generator<number[]> {
      let chunk: number[] = []
      for (skipWithdrawn(); next < taken; skipWithdrawn()) {
        chunk.push(next++)
        if (chunk.length < UNITS_A_CHUNK) continue
        yield chunk
        chunk = []
      }
      next = Math.max(next, taken + 1)
      if (chunk.length > 0) yield chunk
    },
  }
}
