export type UnitRange = { first: number; last: number }

/** Looks up units in many ranges; they may touch and, in books that are wrong, overlap. */
export function createRanges(ranges: UnitRange[]) {
  const sorted = ranges.toSorted((a, b) => a.first - b.first)
  const merged: UnitRange[] = []
  const overlaps: UnitRange[] = []
  for (const range of sorted) {
    const before = merged.at(-1)
    if (!before || range.first > before.last) {
      merged.push({ ...range })
      continue
    }
    overlaps.push(range)
    before.last = Math.max(before.last, range.last)
  }

  return {
    /** Ranges that share units with one before them. */
    overlaps,
    units: sorted.reduce((sum, { first, last }) => sum + last - first + 1, 0),
    has(unit: number): boolean {
      let [low, high] = [0, merged.length - 1]
      while (low <= high) {
        const middle = (low + high) >> 1
        const range = merged[middle] as UnitRange
        if (unit < range.first) high = middle - 1
        else if (unit > range.last) low = middle + 1
        else return true
      }
      return false
    },
  }
}
