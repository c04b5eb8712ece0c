const sweepsMax = 20_000
const settled = 1e-12

/**
 * The coefficients, none below zero, for which rows × coefficients come nearest to the targets. One
 * coefficient after the other is set to its best value until none moves: the sum of squares is convex, so
 * that ends at the least.
 */
export function fitNonNegative(
  rows: readonly (readonly number[])[],
  targets: readonly number[],
): number[] {
  const width = rows[0]?.length ?? 0
  // Columns of the same length: seconds and attempts then move in steps of one size.
  const scales = columns(width).map((j) => Math.hypot(...rows.map((row) => row[j] ?? 0)) || 1)
  const at = (i: number, j: number) => (rows[i]?.[j] ?? 0) / (scales[j] as number)
  const product = (j: number, k: number) => rows.reduce((sum, _, i) => sum + at(i, j) * at(i, k), 0)
  const gram = columns(width).map((j) => columns(width).map((k) => product(j, k)))
  const right = columns(width).map((j) => targets.reduce((sum, y, i) => sum + at(i, j) * y, 0))
  const found = columns(width).map(() => 0)
  for (let sweep = 0; sweep < sweepsMax; sweep++) {
    let moved = 0
    for (const j of columns(width)) {
      const line = gram[j] as number[]
      const own = line[j] as number
      if (own === 0) continue // a column of zeros says nothing
      const rest = line.reduce(
        (sum, each, k) => sum + (k === j ? 0 : each * (found[k] as number)),
        0,
      )
      const best = Math.max(0, ((right[j] as number) - rest) / own)
      moved = Math.max(moved, Math.abs(best - (found[j] as number)))
      found[j] = best
    }
    if (moved < settled * Math.max(1, ...found)) break
  }
  return found.map((value, j) => value / (scales[j] as number))
}

const columns = (width: number) => Array.from({ length: width }, (_, j) => j)
