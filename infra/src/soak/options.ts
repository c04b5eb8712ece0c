import { parseArgs } from 'node:util'
import { whole, writable } from '../demo/options.ts'

const minutesMax = 600
const rateMax = 2_000
const seedMax = 2 ** 32 - 1

export type SoakOptions = {
  minutes: number
  kills: boolean
  /** Attempts a second; half of what the machine sustains, found out first, when missing. */
  attemptsPerSecond: number | undefined
  seed: number
  json: string | undefined
  /** A picture of the memory of every process. */
  svg: string | undefined
  /** Before anything is counted. */
  warmUpMs?: number
}

export function readSoakOptions(args: string[]): SoakOptions {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args,
    options: {
      minutes: text,
      rate: text,
      seed: text,
      json: text,
      svg: text,
      kills: { type: 'boolean' },
    },
  })
  const { minutes, rate, seed, json, svg, kills } = values
  return {
    minutes: whole('minutes', minutes ?? '30', { min: 1, max: minutesMax }),
    kills: kills ?? false,
    attemptsPerSecond:
      rate === undefined ? undefined : whole('rate', rate, { min: 1, max: rateMax }),
    seed: whole('seed', seed ?? '1', { min: 0, max: seedMax }),
    json: json === undefined ? undefined : writable(json),
    svg: svg === undefined ? undefined : writable(svg, 'svg'),
  }
}
