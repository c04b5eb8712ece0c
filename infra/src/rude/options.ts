import { parseArgs } from 'node:util'
import { whole, writable } from '../demo/options.ts'

const minutesMax = 600
const attemptsMax = 500

export type RudeOptions = {
  /** With rude clients; up to a minute of buyers alone comes before, and after. */
  minutes: number
  /** Of the ordinary buyers beside them. */
  attemptsPerSecond: number
  json: string | undefined
}

export function readRudeOptions(args: string[]): RudeOptions {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args, options: { minutes: text, rate: text, json: text } })
  return {
    minutes: whole('minutes', values.minutes ?? '10', { min: 1, max: minutesMax }),
    attemptsPerSecond: whole('rate', values.rate ?? '50', { min: 1, max: attemptsMax }),
    json: values.json === undefined ? undefined : writable(values.json),
  }
}
