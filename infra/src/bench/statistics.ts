/** Of a value that was measured several times. */
export type Spread = { median: number; low: number; high: number }

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)]
  if (upper === undefined) throw new RangeError('there is no median of nothing')
  if (!Number.isInteger(middle)) return upper
  return (upper + (sorted[middle - 1] as number)) / 2
}

/** The smallest value that at least this share of all values does not exceed. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort()
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  if (found === undefined) throw new RangeError('there is no quantile of nothing')
  return found
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) }
}

/**
 * What one was of the other in the same round: a machine that was slow for a while was slow for both.
 * Rounds that only one of them has are left out.
 */
export function pairedRatios(ones: readonly number[], others: readonly number[]): Spread {
  const rounds = Math.min(ones.length, others.length)
  const ratios = ones.slice(0, rounds).map((one, round) => one / (others[round] as number))
  return spread(ratios)
}
