export type Point = { atMs: number; value: number }
/** `error` is twice the standard error: the slope is rarely further off than that. */
export type Growth = { perHour: number; error: number; mean: number }
export type Verdict = 'flat' | 'grows' | 'unclear'

const hourMs = 3_600_000

/** The straight line with the least squares through these points. Undefined with fewer than three. */
export function fitLine(points: readonly Point[]): Growth | undefined {
  const count = points.length
  if (count < 3) return undefined
  const mean = points.reduce((sum, { value }) => sum + value, 0) / count
  const middleMs = points.reduce((sum, { atMs }) => sum + atMs, 0) / count
  const spread = points.reduce((sum, { atMs }) => sum + (atMs - middleMs) ** 2, 0)
  if (spread === 0) return undefined
  const slope =
    points.reduce((sum, { atMs, value }) => sum + (atMs - middleMs) * (value - mean), 0) / spread
  const rest = points.reduce((sum, { atMs, value }) => {
    return sum + (value - mean - slope * (atMs - middleMs)) ** 2
  }, 0)
  const error = 2 * Math.sqrt(rest / (count - 2) / spread)
  return { perHour: slope * hourMs, error: error * hourMs, mean }
}

/** The first third is for caches to fill and code to be compiled. */
export function lastTwoThirds<T>(items: readonly T[]): T[] {
  return items.slice(Math.floor(items.length / 3))
}

export function lastThird<T>(items: readonly T[]): T[] {
  return items.slice(Math.floor((2 * items.length) / 3))
}

/** The lowest of each group that follow one another: what stays when garbage and waves are gone. */
export function lows(points: readonly Point[], groupSize: number): Point[] {
  const found: Point[] = []
  for (let from = 0; from + groupSize <= points.length; from += groupSize) {
    const group = points.slice(from, from + groupSize)
    found.push(group.reduce((low, point) => (point.value < low.value ? point : low)))
  }
  return found
}

/**
 * `grows` only when the line surely rises by more than the bound, and its last part rises by more than that, too:
 * a leak goes on, while a step up, to what the highest wave so far needed, does not. `unclear` when it may.
 */
export function judge(
  { perHour, error }: Growth,
  last: Growth | undefined,
  boundPerHour: number,
): Verdict {
  if (perHour <= boundPerHour) return 'flat'
  const goesOn = last === undefined || last.perHour > boundPerHour
  return perHour - error > boundPerHour && goesOn ? 'grows' : 'unclear'
}
