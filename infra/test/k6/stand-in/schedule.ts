export type Load = {
  rate?: number
  duration?: string
  startRate?: number
  stages?: { target: number; duration: string }[]
}

export const secondsOf = (duration: string) => Number.parseInt(duration, 10)

/** When each iteration is due, in ms since the first: within a stage the rate changes evenly, as k6 has it. */
export function* dueTimes({
  rate = 0,
  duration = '0s',
  startRate = rate,
  stages = [{ target: rate, duration }],
}: Load): Generator<number> {
  let [perSecond, beganAt, begun, nth] = [startRate, 0, 0, 0]
  for (const { target, duration } of stages) {
    const seconds = secondsOf(duration)
    const rise = (target - perSecond) / (2 * seconds)
    const end = begun + ((perSecond + target) / 2) * seconds
    for (; nth < end; nth++) yield 1_000 * (beganAt + secondsUntil(nth - begun, perSecond, rise))
    ;[perSecond, beganAt, begun] = [target, beganAt + seconds, end]
  }
}

/** Solves perSecond × t + rise × t² = count. */
function secondsUntil(count: number, perSecond: number, rise: number): number {
  if (rise === 0) return count / perSecond
  return (Math.sqrt(perSecond ** 2 + 4 * rise * count) - perSecond) / (2 * rise)
}
