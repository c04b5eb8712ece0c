/** The figure's name. */
export const fixedWork = 'fixed work'

const numbers = Float64Array.from({ length: 30_000 }, (_, at) => (at * 7_919) % 30_011)
const times = 5

/**
 * How long one piece of work takes, always the same, in ms: a machine is not as fast at all times. The
 * shortest of some, for that one waited least; the kernel counts a thread's CPU by ticks, too coarsely.
 */
export function fixedWorkMs(): number {
  const tookMs = Array.from({ length: times }, () => {
    const beganAt = performance.now()
    numbers.slice().sort()
    return performance.now() - beganAt
  })
  return Math.min(...tookMs)
}
