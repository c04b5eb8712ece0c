import type { Spread } from './statistics.ts'

export const whole = (value: number) => Math.round(value).toLocaleString('en-US')

const times = (value: number) => value.toFixed(2)
/** The median, and what the rounds lay between. */
export const ratio = ({ median, low, high }: Spread) =>
  `${times(median)} (${times(low)}–${times(high)})`

export const range = ({ median, low, high }: Spread) =>
  `${whole(median)} (${whole(low)}–${whole(high)})`

/** What a figure was to be, and whether it is. */
export function aimed(value: number, sign: '≥' | '≤', aim: number | undefined): string {
  if (aim === undefined) return ''
  const isReached = sign === '≥' ? value >= aim : value <= aim
  const text = aim < 100 ? times(aim) : whole(aim)
  return `${sign} ${text} ${isReached ? 'ok' : 'MISSED'}`
}
