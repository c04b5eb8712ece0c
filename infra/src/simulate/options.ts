import { parseArgs } from 'node:util'
import { type Rule, ruleNames } from '@flashsale/simulation/rules.ts'
import { whole, writable } from '../demo/options.ts'
import { UsageError } from '../plain-error.ts'

const seedMax = 2 ** 31
const salesMax = 100_000_000
const minutesMax = 600

export type SimulateOptions = {
  seed: number
  sales: number
  /** Ends it before all sales were played. */
  minutes: number | undefined
  /** Rules to play without, one after the other. */
  without: Rule[]
  json: string | undefined
}

export function readSimulateOptions(args: string[]): SimulateOptions {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args,
    options: { seed: text, sales: text, minutes: text, without: text, json: text },
  })
  const { minutes, without } = values
  const sales = values.sales ?? (minutes === undefined ? '20000' : String(salesMax))
  return {
    seed: whole('seed', values.seed ?? '1', { min: 1, max: seedMax }),
    sales: whole('sales', sales, { min: 1, max: salesMax }),
    minutes:
      minutes === undefined ? undefined : whole('minutes', minutes, { min: 1, max: minutesMax }),
    without: without === undefined ? [] : rulesOf(without),
    json: values.json === undefined ? undefined : writable(values.json),
  }
}

function rulesOf(text: string): Rule[] {
  const known = ruleNames.find((rule) => rule === text)
  if (text === 'each') return ruleNames
  if (known) return [known]
  throw new UsageError(`--without takes each, or one of ${ruleNames.join(', ')}; not ${text}`)
}
