import { parseArgs } from 'node:util'
import { writable } from '../demo/options.ts'
import { UsageError } from '../plain-error.ts'

export const parts = ['rates', 'scale'] as const
export type Part = (typeof parts)[number]

export type TargetsOptions = {
  /** All when nothing is named. */
  parts: readonly Part[]
  json: string | undefined
}

export function readTargetsOptions(args: string[]): TargetsOptions {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args, options: { only: text, json: text } })
  return {
    parts: values.only === undefined ? parts : values.only.split(',').map(partOf),
    json: values.json === undefined ? undefined : writable(values.json),
  }
}

function partOf(name: string): Part {
  const found = parts.find((part) => part === name)
  if (found) return found
  throw new UsageError(`--only takes some of ${parts.join(',')}, not ${name}`)
}
