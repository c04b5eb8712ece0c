/**
 * How long calls took, by counts in steps of a fifth from 1 ms to a minute and more: what is read from
 * it is right to a step, and it takes the same room however many there are.
 */
const FIRST_MS = 1
const STEP = 1.2
const STEPS = 62

export const newTimes = () => new Uint32Array(STEPS)

export function addTime(times: Uint32Array, ms: number) {
  const step = ms <= FIRST_MS ? 0 : Math.ceil(Math.log(ms / FIRST_MS) / Math.log(STEP))
  const at = Math.min(step, STEPS - 1)
  times[at] = (times[at] ?? 0) + 1
}

/** The longest that a call of this step took. */
const longestMs = (step: number) => FIRST_MS * STEP ** step

/** 0 where there were no calls. */
export function p99Of(times: Uint32Array): number {
  const calls = times.reduce((sum, count) => sum + count, 0)
  let left = calls - Math.ceil(0.99 * calls)
  for (let step = STEPS - 1; step >= 0; step--) {
    left -= times[step] ?? 0
    if (left < 0) return longestMs(step)
  }
  return 0
}

/** Those that surely took longer: the step that `ms` is in is not counted. */
export function countSlower(times: Uint32Array, ms: number): number {
  let count = 0
  for (let step = STEPS - 1; step > 0 && longestMs(step - 1) >= ms; step--) {
    count += times[step] ?? 0
  }
  return count
}
