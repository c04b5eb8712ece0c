import { parseArgs } from 'node:util'
import { whole, writable } from '../demo/options.ts'
import { UsageError } from '../plain-error.ts'

const minutesMax = 600
const attemptsMax = 2_000
const seedMax = 2 ** 32 - 1

export type DrillOptions = {
  minutes: number
  only: string[]
  seed: number
  attemptsPerSecond: number
  json: string | undefined
  /** Also the scenes that need a stack of their own, one after the other. */
  all: boolean
  list: boolean
}

export function readDrillOptions(args: string[], names: readonly string[]): DrillOptions {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const { values } = parseArgs({
    args,
    options: {
      minutes: text,
      only: text,
      seed: text,
      rate: text,
      json: text,
      all: flag,
      list: flag,
    },
  })
  const only = values.only === undefined ? [] : values.only.split(',')
  const unknown = only.find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new UsageError(`--only ${unknown} is no scene; --list names them`)
  }
  return {
    minutes: whole('minutes', values.minutes ?? '10', { min: 1, max: minutesMax }),
    only,
    seed: whole('seed', values.seed ?? '1', { min: 0, max: seedMax }),
    attemptsPerSecond: whole('rate', values.rate ?? '60', { min: 1, max: attemptsMax }),
    json: values.json === undefined ? undefined : writable(values.json),
    all: values.all ?? false,
    list: values.list ?? false,
  }
}
