import { UsageError } from '../plain-error.ts'

const factors: Record<string, number> = { '': 1, k: 1e3, m: 1e6 }
const countMax = 1e10

/** `5000`, `5k` or `1.5M`: a whole number from 1. */
export function readCount(name: string, text: string): number {
  const [, digits = '', letter = ''] = /^(\d+(?:\.\d+)?)([kKmM]?)$/.exec(text) ?? []
  const count =
    Math.round(Number(digits) * (factors[letter.toLowerCase()] ?? Number.NaN) * 1e6) / 1e6
  if (digits !== '' && Number.isInteger(count) && count >= 1 && count <= countMax) return count
  throw new UsageError(
    `--${name} takes a whole number such as 5000, 5k or 1.5M, not ${JSON.stringify(text)}`,
  )
}

/** `100000/s` or `100k/s`; the unit is a must, for nobody can guess it. */
export function readRate(name: string, text: string): number {
  const count = /^(.+)\/s$/.exec(text)?.[1]
  if (count === undefined) {
    throw new UsageError(
      `--${name} takes attempts a second such as 100000/s or 100k/s, not ${JSON.stringify(text)}`,
    )
  }
  return readCount(name, count)
}

type Bounds = { min: number; max: number }

/** `60%` or `0.6`. */
export function readShare(name: string, text: string, { min, max }: Bounds): number {
  const [, digits = '', percent = ''] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? []
  const share = Number(digits) / (percent ? 100 : 1)
  if (digits !== '' && share >= min && share <= max) return share
  throw new UsageError(
    `--${name} takes a share from ${100 * min}% to ${100 * max}%, not ${JSON.stringify(text)}`,
  )
}

export function readNumber(name: string, text: string, { min, max }: Bounds): number {
  const number = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && number >= min && number <= max) return number
  throw new UsageError(
    `--${name} takes a number from ${min} to ${max}, not ${JSON.stringify(text)}`,
  )
}
